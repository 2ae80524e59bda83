// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
package import Storage
package import Text

/// The end of everything that was issued to a client or for a user until a moment.
package struct TokenRevocation: Sendable, Equatable {
    /// The owner of the tokens.
    package enum Owner: Sendable, Equatable {
        /// The client with this `client_id`.
        case client(String)
        /// The user of this name.
        case user(String)
    }

    package let owner: Owner
    /// Epoch seconds before which nothing that was issued is valid.
    package let validFrom: Int64

    /// Ends what was issued to the client that people call `name`, or for the user of that name,
    /// until `now`.
    package static func of(
        client name: String,
        in store: some RegistrationStore,
        by author: Author,
        at now: Int64
    ) throws(StoreError) -> TokenRevocation {
        let clientID = try store.clientID(for: name)
        let validFrom = try store.endTokens(client: clientID, by: author, at: now)
        return TokenRevocation(owner: .client(clientID), validFrom: validFrom)
    }

    /// Ends what was issued for the user of this name until `now`: tokens, refresh tokens and login
    /// sessions.
    package static func of(
        user name: String,
        in store: some RegistrationStore,
        by author: Author,
        at now: Int64
    ) throws -> TokenRevocation {
        try RegistrationError.refuse(UserRegistration.nameFindings(name))
        let validFrom = try store.endTokens(user: name, by: author, at: now)
        return TokenRevocation(owner: .user(name), validFrom: validFrom)
    }
}

extension TokenRevocation: Presentable {
    /// The moment, and for whom the tokens do not end.
    package var text: String {
        let owner =
            switch owner {
            case .client(let clientID): "to the client \(clientID)"
            case .user(let name): "for the user \(PrintableText.escaped(name))"
            }
        return """
            revoked: everything that was issued \(owner) before \(CertificateTime.text(validFrom))
            Introspection says so within a second, and refresh tokens and codes are refused.
            Resource servers that check a JWT without introspection accept it until it expires.
            """
    }

    package var value: JSONValue {
        let (member, name) =
            switch owner {
            case .client(let clientID): ("client_id", clientID)
            case .user(let name): ("username", name)
            }
        return .object([member: .string(name), "tokens_valid_from": .integer(validFrom)])
    }
}
