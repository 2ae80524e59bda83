// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Registration
internal import Storage
internal import Text

extension AdministrationActions {
    private static let ofCAs = QueryParameter(
        "ca",
        .boolean,
        "Whether the CAs under which the client's subject is accepted are meant, in place of its"
            + " own certificates."
    )

    /// The certificates of a client, and its CAs.
    var clientCertificateRoutes: [AdministrationRoute] {
        let path = "/clients/{client_id}/certificates"
        return [
            AdministrationRoute(
                method: .get,
                path: path,
                role: .read,
                summary: "A client's certificates: when they end, and when they were used.",
                query: [Self.ofCAs],
                // Never 304: uses and days change without the client.
                successes: [.init(200, "Certificates", isTagged: true)],
                work: .store { try listCertificates($0) }
            ),
            AdministrationRoute(
                method: .post,
                path: path,
                role: .administer,
                summary: "Register a further certificate for a client, or further CAs.",
                query: [Self.ofCAs],
                content: .certificate,
                isConditional: true,
                successes: [.init(201, "Certificates", isTagged: true)],
                problems: [409],
                work: .store { try addCertificates($0) }
            ),
            AdministrationRoute(
                method: .delete,
                path: path + "/{thumbprint}",
                role: .administer,
                summary: "Take a certificate from a client; it gets no token from then on.",
                query: [Self.ofCAs],
                isConditional: true,
                successes: [.init(204, isTagged: true)],
                problems: [409],
                work: .store { try removeCertificate($0) }
            ),
        ]
    }

    private func listCertificates(_ request: AdministrationRequest) throws -> Response {
        let client = try client(request.name)
        return .json(try keys(of: client, request), tag: RecordTag(client))
    }

    private func keys(
        of client: ClientRecord,
        _ request: AdministrationRequest
    ) throws -> JSONValue {
        try CertificateListing.presentation(
            of: client,
            caCertificates: request.query.boolean("ca") ?? false,
            in: store,
            now: now
        ).value
    }

    private func addCertificates(_ request: AdministrationRequest) throws -> Response {
        var change = ClientChange()
        change.keepsSources = true
        let (content, now) = (request.content, now)
        let isOfCAs = request.query.boolean("ca") == true
        let accepted =
            isOfCAs
            ? try CertificateRegistration.caCertificates(content, now: now)
            : [try CertificateRegistration.client(content, now: now)]
        if isOfCAs {
            change.caCertificates = accepted.map(\.record)
        } else {
            change.certificates = accepted.map(\.record)
        }
        let made = try self.change(request, by: change)
        var warnings = accepted.flatMap(\.warnings) + made.warnings
        // Written: the answer says so whether the store can be read by now or not.
        if isOfCAs {
            warnings += (try? KnownPublicCAs.warnings(of: made.client, in: store)) ?? []
        }
        let keys =
            (try? keys(of: made.client, request))
            ?? CertificateListing.value(of: made.client, caCertificates: isOfCAs, now: now)
        return .made(
            keys.with(warnings),
            at: ["clients", made.client.clientID, "certificates"],
            tag: RecordTag(made.client)
        )
    }

    private func removeCertificate(_ request: AdministrationRequest) throws -> Response {
        let thumbprint = try Thumbprint.parse(request.parameters[1])
        let client = try client(request.name)
        let isOfCAs = request.query.boolean("ca") == true
        let registered = isOfCAs ? client.caCertificates : client.certificates
        guard registered.contains(where: { $0.thumbprint == thumbprint }) else {
            throw ProblemDetails.nothing(
                "thumbprint",
                "The client has no certificate of its own with it.",
                "See GET /clients/\(PercentEncoding.encode(client.clientID))/certificates."
            )
        }
        var change = ClientChange()
        if isOfCAs {
            change.removedCAs = [thumbprint]
        } else {
            change.removedCertificates = [thumbprint]
        }
        return .done(tag: RecordTag(try self.change(request, by: change).client))
    }
}
