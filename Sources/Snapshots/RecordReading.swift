// SPDX-License-Identifier: Apache-2.0
internal import Storage

/// Reads what `RecordWriter` has written.
struct RecordReader {
    typealias MalformedError = FieldReader.MalformedError

    /// An entry that was read.
    enum Entry {
        case record(SnapshotRecord)
        /// The end of a state with this epoch.
        case end(UInt64)
    }

    /// The CA certificates that have been read.
    private var caCertificates: [[UInt8]: CertificateRecord] = [:]

    /// Calls `body` with each entry of a frame; entries of an unknown kind are skipped.
    mutating func read(_ frame: [UInt8], _ body: (Entry) throws -> Void) throws {
        var reader = FieldReader(frame, frame.indices)
        while let entry = try reader.next() {
            guard let kind = RecordWriter.Kind(rawValue: entry.number) else { continue }
            let value = entry.value
            switch kind {
            case .client: try body(.record(.client(try client(value.fields))))
            case .noClient: try body(.record(.noClient(try value.text())))
            case .user: try body(.record(.user(try Self.user(value.fields))))
            case .noUser: try body(.record(.noUser(try value.text())))
            case .trustSets:
                try body(.record(.trustSets(try Self.list(value.fields, Self.trustSet))))
            case .issuers:
                try body(.record(.issuers(try Self.list(value.fields, Self.issuer))))
            case .keys: try body(.record(.keys(try Self.list(value.fields, Self.key))))
            case .secret: try body(.record(try Self.secret(value.fields)))
            case .revoked: try body(.record(.revoked(try Self.revoked(value.fields))))
            case .caCertificate:
                let certificate = try Self.certificate(value.fields)
                caCertificates[certificate.thumbprint] = certificate
            case .position: try body(.end(UInt64(bitPattern: try value.number())))
            }
        }
    }

    private static func list<Item>(
        _ fields: FieldReader,
        _ item: (FieldReader) throws -> Item
    ) throws -> [Item] {
        var (reader, items) = (fields, [Item]())
        while let field = try reader.next() {
            guard field.number == 1 else { continue }
            items.append(try item(field.value.fields))
        }
        return items
    }

    private mutating func client(_ fields: FieldReader) throws -> ClientRecord {
        var client = ClientRecord(
            clientID: "",
            name: "",
            authenticationMethod: "",
            grantTypes: [],
            // Fails closed where the field is missing.
            enabled: false,
            createdAt: 0,
            updatedAt: 0
        )
        var reader = fields
        while let (number, value) = try reader.next() {
            if try Self.setIdentity(number, value, &client) { continue }
            if try Self.setPolicy(number, value, &client) { continue }
            switch number {
            case 33: client.certificates.append(try Self.certificate(value.fields))
            case 34:
                let link = try Self.certificate(value.fields)
                guard var certificate = caCertificates[link.thumbprint] else {
                    throw MalformedError()
                }
                certificate.createdAt = link.createdAt
                client.caCertificates.append(certificate)
            default: break
            }
        }
        return client
    }

    /// The fields that say who it is and how it authenticates; false for another field.
    private static func setIdentity(
        _ number: UInt8,
        _ value: FieldReader.Value,
        _ client: inout ClientRecord
    ) throws -> Bool {
        switch number {
        case 1: client.clientID = try value.text()
        case 2: client.name = try value.text()
        case 3: client.secretHash = try value.text()
        case 4: client.authenticationMethod = try value.text()
        case 5: client.grantTypes.append(try value.text())
        case 6: client.scopes.append(try value.text())
        case 7: client.redirectURIs.append(try value.text())
        case 8: client.subjectKind = try value.text()
        case 9: client.subjectValue = try value.text()
        case 11: client.jwks = try value.text()
        case 12: client.jwksURI = try value.text()
        case 13: client.fetchedJWKS = try value.text()
        case 14: client.trustSet = try value.text()
        case 15: client.sharedSecret = try value.text()
        case 16: client.assertionAlgorithm = try value.text()
        case 40: client.spiffeID = try value.text()
        case 28:
            let label = try value.label()
            client.labels[label.name] = label.value
        case 29: client.enabled = try value.flag()
        case 30: client.createdAt = try value.number()
        case 31: client.updatedAt = try value.number()
        case 35: client.version = try value.number()
        default: return false
        }
        return true
    }

    /// The fields that say what it gets; false for another field.
    private static func setPolicy(
        _ number: UInt8,
        _ value: FieldReader.Value,
        _ client: inout ClientRecord
    ) throws -> Bool {
        switch number {
        case 10: client.boundAccessTokens = try value.flag()
        case 17: client.audiences.append(try value.text())
        case 18: client.tokenFormat = try value.text()
        case 19: client.tokenLifetime = Int(try value.number())
        case 20: client.reuseWindow = Int(try value.number())
        case 21: client.mayIntrospect = try value.flag()
        case 22: client.refreshRotation = try value.flag()
        case 23: client.refreshLifetime = Int(try value.number())
        case 24: client.refreshIdle = Int(try value.number())
        case 25: client.requiresPushedRequests = try value.flag()
        case 26: client.tokenSigningAlgorithm = try value.text()
        case 27: client.staticClaims = try value.text()
        case 32: client.tokensValidFrom = try value.number()
        case 36: client.rate = try value.text()
        case 37: client.ownAudiences.append(try value.text())
        case 38: client.exchangeMode = try value.text()
        case 39: client.exchangesBoundTokens = try value.flag()
        default: return false
        }
        return true
    }

    private static func certificate(_ fields: FieldReader) throws -> CertificateRecord {
        var record = CertificateRecord(
            thumbprint: [],
            der: [],
            subject: "",
            notBefore: 0,
            notAfter: 0,
            createdAt: 0
        )
        var reader = fields
        while let (number, value) = try reader.next() {
            switch number {
            case 1: record.thumbprint = value.data
            case 2: record.notBefore = try value.number()
            case 3: record.notAfter = try value.number()
            case 4: record.createdAt = try value.number()
            case 5: record.der = value.data
            case 6: record.subject = try value.text()
            default: break
            }
        }
        return record
    }

    private static func user(_ fields: FieldReader) throws -> UserRecord {
        var record = UserRecord(
            name: "",
            subject: "",
            passwordHash: UserRecord.noPassword,
            enabled: false,
            createdAt: 0
        )
        var reader = fields
        while let (number, value) = try reader.next() {
            switch number {
            case 1: record.name = try value.text()
            case 2: record.subject = try value.text()
            case 3: record.passwordHash = try value.text()
            case 4:
                let label = try value.label()
                record.labels[label.name] = label.value
            case 5: record.enabled = try value.flag()
            case 6: record.createdAt = try value.number()
            case 7: record.tokensValidFrom = try value.number()
            case 8: record.version = try value.number()
            default: break
            }
        }
        return record
    }

    private static func trustSet(_ fields: FieldReader) throws -> TrustSetRecord {
        var record = TrustSetRecord(name: "", caCertificates: [], created: 0)
        var reader = fields
        while let (number, value) = try reader.next() {
            switch number {
            case 1: record.name = try value.text()
            case 2: record.caCertificates.append(value.data)
            case 3: record.sources.append(try value.text())
            case 4: record.revocation = try value.text()
            case 5: record.serverAuthUntil = try value.number()
            case 6:
                let label = try value.label()
                record.labels[label.name] = label.value
            case 7: record.created = try value.number()
            case 8: record.version = try value.number()
            case 9: record.spiffe = try bundle(value.fields)
            default: break
            }
        }
        return record
    }

    private static func bundle(_ fields: FieldReader) throws -> SPIFFEBundleRecord {
        var record = SPIFFEBundleRecord(trustDomain: "", source: "", maxStaleness: 0)
        var reader = fields
        while let (number, value) = try reader.next() {
            switch number {
            case 1: record.trustDomain = try value.text()
            case 2: record.source = try value.text()
            case 3: record.maxStaleness = Int(try value.number())
            case 4: record.sequence = try value.number()
            case 5: record.refreshSeconds = Int(try value.number())
            case 6: record.checkedAt = try value.number()
            default: break
            }
        }
        return record
    }

    private static func issuer(_ fields: FieldReader) throws -> IssuerRecord {
        var record = IssuerRecord(
            name: "",
            issuer: "",
            // Fails closed where a list is missing: no algorithm, and no client.
            algorithms: [],
            clients: [],
            created: 0
        )
        var reader = fields
        while let (number, value) = try reader.next() {
            switch number {
            case 1: record.name = try value.text()
            case 2: record.issuer = try value.text()
            case 3: record.jwks = try value.text()
            case 4: record.jwksURI = try value.text()
            case 5: record.fetchedJWKS = try value.text()
            case 6: record.fetchedAt = try value.number()
            case 7: record.algorithms.append(try value.text())
            case 8: record.clients.append(try value.text())
            case 9: record.audience = try value.text()
            case 10: record.subjects = try value.text()
            case 11: record.tokenAudiences.append(try value.text())
            case 12: record.scopes.append(try value.text())
            case 13: record.maxLifetime = Int(try value.number())
            case 14: record.allowsReplay = try value.flag()
            case 15:
                let label = try value.label()
                record.labels[label.name] = label.value
            case 16: record.created = try value.number()
            case 17: record.version = try value.number()
            default: break
            }
        }
        return record
    }

    private static func key(_ fields: FieldReader) throws -> KeyRecord {
        var record = KeyRecord(keyID: "", kind: "", material: [], createdAt: 0, activeFrom: 0)
        var reader = fields
        while let (number, value) = try reader.next() {
            switch number {
            case 1: record.keyID = try value.text()
            case 2: record.kind = try value.text()
            case 3: record.material = value.data
            case 4: record.createdAt = try value.number()
            case 5: record.activeFrom = try value.number()
            case 6: record.retiredAt = try value.number()
            default: break
            }
        }
        return record
    }

    private static func secret(_ fields: FieldReader) throws -> SnapshotRecord {
        var (name, bytes) = ("", [UInt8]())
        var reader = fields
        while let (number, value) = try reader.next() {
            switch number {
            case 1: name = try value.text()
            case 2: bytes = value.data
            default: break
            }
        }
        return .secret(name, bytes)
    }

    private static func revoked(_ fields: FieldReader) throws -> RevokedToken {
        var (id, until) = ([UInt8](), Int64(0))
        var reader = fields
        while let (number, value) = try reader.next() {
            switch number {
            case 1: id = value.data
            case 2: until = try value.number()
            default: break
            }
        }
        return RevokedToken(id: id, until: until)
    }
}
