// SPDX-License-Identifier: Apache-2.0
package import Text

/// One change of a registration: who made it, when, and what was different after it.
///
/// Texts are kept as they were written, also those that a newer version has made.
package struct AuditEntry: Sendable, Equatable {
    /// Counts up from 1, without gaps.
    package var sequence: Int64
    /// Epoch seconds, by the author's clock.
    package var time: Int64
    /// The text of an `Author`.
    package var author: String
    /// The kind of record, as the change log has it; `audit` for the audit itself.
    package var kind: String
    /// The record's identity.
    package var id: String
    /// The sort of change: an `AuditAction`.
    package var action: String
    /// A JSON object of the members that were different before; nil for a record that was added.
    package var before: String?
    /// The same of after; nil for a record that was removed.
    package var after: String?

    /// An entry from its parts.
    package init(
        sequence: Int64,
        time: Int64,
        author: String,
        kind: String,
        id: String,
        action: String,
        before: String?,
        after: String?
    ) {
        self.sequence = sequence
        self.time = time
        self.author = author
        self.kind = kind
        self.id = id
        self.action = action
        self.before = before
        self.after = after
    }

    /// The entry for programs: what lists, the API and those who follow have of it.
    package var value: JSONValue {
        .object([
            "sequence": .integer(sequence), "time": .integer(time), "author": .string(author),
            "kind": .string(kind), "id": .string(id), "action": .string(action),
            "before": Self.value(before), "after": Self.value(after),
        ])
    }

    /// The entry in one line of JSON, without the line's end.
    package var line: [UInt8] {
        var line: [UInt8] = []
        JSONText.append(value, to: &line)
        return line
    }

    /// A text that is no JSON has been tampered with, and is shown nevertheless.
    private static func value(_ text: String?) -> JSONValue {
        guard let text else { return .null }
        return JSONValue(text.utf8Span.span) ?? .string(text)
    }
}

/// The sort of a change, as the audit names it.
package enum AuditAction: String, Sendable, CaseIterable {
    /// The record is new.
    case add
    /// The record is gone.
    case remove
    /// The record may authenticate again.
    case enable
    /// The record may not authenticate any more.
    case disable
    /// Everything that was issued to it has ended.
    case endTokens = "end_tokens"
    /// A client has another secret, or none.
    case changeSecret = "change_secret"
    /// A user has another password.
    case changePassword = "change_password"
    /// Certificates were added or removed.
    case changeCertificates = "change_certificates"
    /// The server has fetched a client's keys.
    case fetchKeys = "fetch_keys"
    /// A key of the server has got its end.
    case retire
    /// The audit goes on under another key.
    case renew
    /// A client got a token by which it acts as another party; no record was changed.
    case impersonate
    /// Anything else, or several of these at once.
    case change
}

/// Which entries are asked for.
package struct AuditQuery: Sendable, Equatable {
    /// A record, whose changes are asked for.
    package struct Thing: Sendable, Hashable {
        /// The kind of record.
        package let kind: Change.Kind
        /// Its identity.
        package let id: String

        /// A record by its kind and identity.
        package init(_ kind: Change.Kind, _ id: String) {
            self.kind = kind
            self.id = id
        }
    }

    /// Only entries with a higher sequence.
    package var after: Int64
    /// Only entries with a lower sequence; nil for all.
    package var before: Int64?
    /// At most so many.
    package var limit: Int
    /// Whether the newest come first; otherwise the oldest do.
    package var newestFirst: Bool
    /// Only changes of these, at most `thingsMax`; of all records where it is empty.
    package var things: [Thing]
    /// Only changes of records of this kind.
    package var kind: Change.Kind?
    /// Only changes by this author, as entries name it.
    package var author: String?
    /// Only changes of this sort.
    package var action: AuditAction?
    /// Only changes at this time or later, in epoch seconds.
    package var since: Int64?
    /// Only changes before this time.
    package var until: Int64?

    /// As many as one query can name.
    package static let thingsMax = 100
    /// How many changes a search for people and programs may ask for.
    package static let limits = 1...10_000

    /// Entries of these records, or all entries, in an order.
    package init(
        after: Int64 = 0,
        before: Int64? = nil,
        limit: Int,
        newestFirst: Bool = false,
        of things: [Thing] = []
    ) {
        self.after = after
        self.before = before
        self.limit = limit
        self.newestFirst = newestFirst
        self.things = things
    }
}

/// The audit, one transaction a call.
extension RegistrationStore {
    /// The entries that `query` asks for.
    package func audit(_ query: AuditQuery) throws(StoreError) -> [AuditEntry] {
        try ask { reader throws(StoreError) in try reader.audit(query) }
    }
}
