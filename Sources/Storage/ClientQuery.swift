// SPDX-License-Identifier: Apache-2.0
/// A search among the clients; conditions that are nil leave nobody out.
package struct ClientQuery: Sendable, Equatable {
    /// A part of the `client_id`, of the name, of the expected subject or of a registered
    /// certificate's, without regard to the case of ASCII letters; or how a certificate's
    /// thumbprint begins, in base64url from six characters on, in hexadecimal from eight.
    package var text: String?
    /// A label that the client has.
    package var label: LabelSelector?
    /// Epoch seconds before which a registered certificate of the client ends.
    package var expiresBefore: Int64?
    /// The `token_endpoint_auth_method`.
    package var method: String?
    /// Whether the client may authenticate.
    package var enabled: Bool?
    /// The name of the client's trust set.
    package var trustSet: String?
    /// How many clients are found at most, from 1 to `limitMax`.
    package var limit: Int
    /// The `client_id` behind which the search begins.
    package var after: String?

    /// A page that people and programs take at once.
    package static let limitMax = 1_000

    /// A search for every client; conditions are set afterwards.
    package init(limit: Int = 100, after: String? = nil) {
        (self.limit, self.after) = (limit, after)
    }
}

/// A label by name, or by name and value.
package struct LabelSelector: Sendable, Equatable {
    /// The label's name.
    package let name: String
    /// Its value; nil for every one.
    package let value: String?

    /// A selector from its parts.
    package init(name: String, value: String?) {
        (self.name, self.value) = (name, value)
    }

    /// A text `name` or `name=value`.
    package init(_ text: String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        self.init(name: String(parts[0]), value: parts.count == 2 ? String(parts[1]) : nil)
    }

    /// Whether one of `labels` is meant.
    package func matches(_ labels: [String: String]) -> Bool {
        guard let found = labels[name] else { return false }
        return value == nil || found == value
    }
}

/// A client as a search shows it.
package struct FoundClient: Sendable, Equatable {
    /// The client as lists show it.
    package let summary: ClientSummary
    /// Its labels.
    package let labels: [String: String]
    /// The number of its registered certificates.
    package let certificateCount: Int
    /// Epoch seconds of the end of the first of them that ends; nil without any.
    package let firstEnd: Int64?

    /// A found client from its parts.
    package init(
        summary: ClientSummary,
        labels: [String: String],
        certificateCount: Int,
        firstEnd: Int64?
    ) {
        self.summary = summary
        self.labels = labels
        self.certificateCount = certificateCount
        self.firstEnd = firstEnd
    }
}
