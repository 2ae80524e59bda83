// SPDX-License-Identifier: Apache-2.0
/// A sentence for people in which fields and operations stand as such, so that each front end says
/// them in its own words.
package struct RegistrationText: Sendable, Equatable {
    /// A piece of a sentence.
    package enum Part: Sendable, Equatable {
        case words(String)
        case field(RegistrationField)
        /// A field with the value that it should have.
        case setting(RegistrationField, String)
        case operation(RegistrationOperation)
    }

    /// The pieces in their order.
    package private(set) var parts: [Part]

    /// The sentence in a front end's words.
    package func text(_ vocabulary: some RegistrationVocabulary) -> String {
        parts.map { part in
            switch part {
            case .words(let words): words
            case .field(let field): vocabulary.name(of: field)
            case .setting(let field, let value): vocabulary.setting(field, value)
            case .operation(let operation): vocabulary.operation(operation)
            }
        }.joined()
    }

    /// One sentence behind the other.
    package static func + (first: RegistrationText, second: RegistrationText) -> RegistrationText {
        var both = first
        both.parts += second.parts
        return both
    }
}

extension RegistrationText: ExpressibleByStringInterpolation {
    package init(stringLiteral words: String) {
        parts = words.isEmpty ? [] : [.words(words)]
    }

    package init(stringInterpolation: Interpolation) {
        parts = stringInterpolation.parts
    }

    /// The string interpolation of texts with fields in them.
    package struct Interpolation: StringInterpolationProtocol {
        fileprivate var parts: [Part] = []

        package init(literalCapacity: Int, interpolationCount: Int) {}

        package mutating func appendLiteral(_ words: String) {
            if !words.isEmpty { parts.append(.words(words)) }
        }

        package mutating func appendInterpolation(_ words: String) { appendLiteral(words) }
        package mutating func appendInterpolation(_ number: Int) { appendLiteral(String(number)) }

        /// The name of a field.
        package mutating func appendInterpolation(field: RegistrationField) {
            parts.append(.field(field))
        }

        /// A field with a value for it.
        package mutating func appendInterpolation(field: RegistrationField, _ value: String) {
            parts.append(.setting(field, value))
        }

        /// Something that can be done.
        package mutating func appendInterpolation(to operation: RegistrationOperation) {
            parts.append(.operation(operation))
        }
    }
}

/// An operation that a remedy asks for, other than a value of the same registration.
package enum RegistrationOperation: Sendable, Equatable {
    /// To see what is registered for the client.
    case showClient
    /// To set a user's password.
    case setPassword
    /// To see which labels there are.
    case showLabels
    /// To see which certificates the client has.
    case listCertificates
    /// To give the client certificates, in place of a `jwks_uri`.
    case setCertificates(client: String)
    /// To give the client CAs of its own.
    case setCAs(client: String)
    /// To change a trust set.
    case updateTrustSet(String)
    /// To have a trust set accept certificates for servers only, for a time.
    case allowServerAuth(trustSet: String)
    /// To see which clients are registered under public CAs.
    case listClientsOfPublicCAs
}

/// How a front end calls what findings name.
package protocol RegistrationVocabulary {
    func name(of field: RegistrationField) -> String
    func setting(_ field: RegistrationField, _ value: String) -> String
    func operation(_ operation: RegistrationOperation) -> String
}

/// The names of RFC 7591, as an API and a log have them.
package struct MemberVocabulary: RegistrationVocabulary {
    package init() {}

    package func name(of field: RegistrationField) -> String { "`\(field.rawValue)`" }

    package func setting(_ field: RegistrationField, _ value: String) -> String {
        "`\(field.rawValue)` \(value)"
    }

    package func operation(_ operation: RegistrationOperation) -> String {
        switch operation {
        case .showClient: "the registration of the client"
        case .setPassword: "a change of the password"
        case .showLabels: "the registered labels"
        case .listCertificates: "the certificates of the client"
        case .setCertificates(let client): "a change of `jwks` of \(client)"
        case .setCAs(let client): "a change of `ca_certificates` of \(client)"
        case .updateTrustSet(let name): "a change of the trust set \(name)"
        case .allowServerAuth(let name): "`allow_server_auth_until` of the trust set \(name)"
        case .listClientsOfPublicCAs: "the list of clients under public CAs"
        }
    }
}
