// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Text

/// The question that a user answers: whether this client may have this access, for this user.
///
/// Its digest goes with the form: an answer counts for the question that was read, and for no other
/// that the same address would show by then.
struct ConsentQuestion: Sendable, Equatable {
    /// The name that the user has signed in with.
    let user: String
    let scopes: [String]
    private let clientName: String
    private let audiences: [String]

    /// The question of a request, for the user of a session.
    init(_ page: PageRequest, user: String) {
        let client = page.request.client
        self.user = user
        scopes = Scope.names(page.request.scope, of: client.policy.scopes)
        clientName = client.displayName
        audiences = page.request.grantedAudiences
    }

    /// No secret: the form's token keeps other sites out.
    var digest: String {
        // No part has a NUL: names are without control characters.
        let parts = [user, clientName] + scopes + ["", ""] + audiences
        let text = parts.joined(separator: "\0")
        return String(
            decoding: Base64URL.encode(Digest256.of(Array(text.utf8)).bytes.span),
            as: UTF8.self
        )
    }
}

extension Client {
    /// The client as users read it: its name, or its id where it has none.
    var displayName: String { grantPolicy.name ?? String(decoding: id, as: UTF8.self) }
}
