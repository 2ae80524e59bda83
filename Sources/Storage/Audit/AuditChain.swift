// SPDX-License-Identifier: Apache-2.0
internal import Text

/// An entry as it stands in the store, with the code that binds it to the one before it.
package struct AuditRow: Sendable, Equatable {
    package var entry: AuditEntry
    /// The code of the entry and of the row before it, 32 bytes.
    package var code: [UInt8]

    package init(_ entry: AuditEntry, code: [UInt8]) {
        self.entry = entry
        self.code = code
    }
}

/// The newest row, as it is kept outside the table of rows, and by whoever keeps it elsewhere.
package struct AuditMark: Sendable, Equatable {
    /// The row's number; 0 before the first.
    package let sequence: Int64
    /// The row's code, 32 bytes.
    package let code: [UInt8]

    package init(sequence: Int64, code: [UInt8]) {
        self.sequence = sequence
        self.code = code
    }

    /// The mark that `text` says; nil where it says none.
    package init?(text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let sequence = Int64(parts[0]), sequence > 0,
            String(sequence) == parts[0], let code = Hexadecimal.bytes(parts[1].utf8),
            code.count == AuditChain.codeBytes
        else { return nil }
        (self.sequence, self.code) = (sequence, code)
    }

    /// The number and the code in hexadecimal digits, with a colon between them.
    package var text: String { "\(sequence):\(Hexadecimal.text(code))" }
}

/// Where the chain stands: its newest row, and the first one under its key.
package struct AuditHead: Sendable, Equatable {
    /// The first row under the key; older ones are of an earlier key.
    package var first: Int64
    /// The newest row.
    package var mark: AuditMark

    package init(first: Int64, mark: AuditMark) {
        self.first = first
        self.mark = mark
    }

    /// The head of a chain without rows.
    package static let start = AuditHead(
        first: 1,
        mark: AuditMark(sequence: 0, code: AuditChain.start)
    )
}

/// Makes the codes of a chain: HMAC-SHA-256 under a key that only the store's programs can read.
package struct AuditSeal: Sendable {
    private let make: @Sendable ([UInt8]) throws -> [UInt8]

    /// `code` gives the code of a message, 32 bytes.
    package init(_ code: @escaping @Sendable ([UInt8]) throws -> [UInt8]) {
        make = code
    }

    /// The code of `entry` behind a row with the code `previous`.
    package func code(
        of entry: AuditEntry,
        after previous: [UInt8]
    ) throws(StoreError) -> [UInt8] {
        try code(AuditChain.message(entry, after: previous))
    }

    /// The code of `head`.
    package func code(of head: AuditHead) throws(StoreError) -> [UInt8] {
        try code(AuditChain.message(head))
    }

    private func code(_ message: [UInt8]) throws(StoreError) -> [UInt8] {
        do {
            return try make(message)
        } catch {
            throw StoreError(.inputOutput, "the audit cannot be sealed: \(error)")
        }
    }
}

/// The bytes that codes are made of: one sequence for one entry, whatever it contains.
///
/// Each text stands behind its length, and what may be missing behind a byte that says so.
package enum AuditChain {
    /// The length of a code.
    package static let codeBytes = 32
    /// Stands for the code of the row before the first.
    package static let start = [UInt8](repeating: 0, count: codeBytes)

    // Different beginnings: no row is a head, and no other use of the key is either of them.
    private static let rowLabel = "handfast audit row 1"
    private static let headLabel = "handfast audit head 1"

    /// The bytes of `entry` behind a row with the code `previous`.
    package static func message(_ entry: AuditEntry, after previous: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        append(Array(rowLabel.utf8), to: &bytes)
        append(previous, to: &bytes)
        append(entry.sequence, to: &bytes)
        append(entry.time, to: &bytes)
        for text in [entry.author, entry.kind, entry.id, entry.action] {
            append(Array(text.utf8), to: &bytes)
        }
        for text in [entry.before, entry.after] {
            bytes.append(text == nil ? 0 : 1)
            if let text { append(Array(text.utf8), to: &bytes) }
        }
        return bytes
    }

    /// The bytes of `head`.
    package static func message(_ head: AuditHead) -> [UInt8] {
        var bytes: [UInt8] = []
        append(Array(headLabel.utf8), to: &bytes)
        append(head.first, to: &bytes)
        append(head.mark.sequence, to: &bytes)
        append(head.mark.code, to: &bytes)
        return bytes
    }

    private static func append(_ bytes: [UInt8], to message: inout [UInt8]) {
        append(Int64(bytes.count), to: &message)
        message += bytes
    }

    private static func append(_ number: Int64, to message: inout [UInt8]) {
        let bits = UInt64(bitPattern: number)
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            message.append(UInt8(truncatingIfNeeded: bits >> shift))
        }
    }
}
