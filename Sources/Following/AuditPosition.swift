// SPDX-License-Identifier: Apache-2.0
package import Reactor
package import Storage

/// The entry behind which a follower goes on.
package struct AuditPlace: Sendable, Equatable {
    /// The number of the entry; 0 before the first.
    package let sequence: Int64
    /// The code of its row; nil where it is not known.
    package let code: [UInt8]?
    /// Whether the row was there: an audit that ends before it is another one.
    package let wasThere: Bool

    /// The place behind a row that was handed on, or need not be.
    package init(_ row: AuditRow) {
        (sequence, code, wasThere) = (row.entry.sequence, row.code, true)
    }

    /// The place behind a number, whatever is there.
    package init(after sequence: Int64) {
        (self.sequence, code, wasThere) = (sequence, nil, false)
    }

    /// The place that the content of a file says; nil for none.
    fileprivate init?(text: some StringProtocol) {
        let isOfStart = text.hasPrefix(Self.behind)
        if let mark = AuditMark(text: String(text)) {
            (sequence, code) = (mark.sequence, mark.code)
        } else if let number = Int64(text), number >= 0 {
            // Of a version that kept the number alone.
            (sequence, code) = (number, nil)
        } else if isOfStart, let number = Int64(text.dropFirst(Self.behind.count)), number >= 0 {
            // Of --after: nothing was handed on yet, and the row need not be there.
            (sequence, code) = (number, nil)
        } else {
            return nil
        }
        wasThere = !isOfStart
    }

    fileprivate var text: String {
        code.map { AuditMark(sequence: sequence, code: $0).text }
            ?? "\(wasThere ? "" : Self.behind)\(sequence)"
    }

    /// Stands before the number of a place at which nothing was handed on.
    private static let behind = "after "

    /// Throws where the audit of `reader`, which ends with row `newest`, does not have the row: the
    /// rows behind its number there are not those behind it.
    func check(
        _ reader: any RegistrationReader,
        newest: Int64,
        _ file: AuditPosition?
    ) throws {
        guard wasThere, sequence > 0 else { return }
        guard newest >= sequence else { throw lost("ends with row \(newest)", file) }
        guard let code else { return }
        let row = try reader.auditRows(after: sequence - 1, limit: 1).first
        guard row?.entry.sequence == sequence, row?.code == code else {
            throw lost("has another row \(sequence)", file)
        }
    }

    private func lost(_ state: String, _ file: AuditPosition?) -> FollowingError {
        let start = file.map { "remove \($0.path), and begin" } ?? "begin"
        return FollowingError(
            "The audit \(state), and row \(sequence) was handed on before: the data directory was"
                + " restored from a backup, or rows were cut off (`handfast audit verify`). To go"
                + " on, \(start) with --after and the number of the last row that was handed on"
                + " and is the same there, or --after 0 for all of them."
        )
    }
}

/// The file in which the last entry is kept that was handed on: its number and its code, as
/// `handfast audit head` prints them; before the first one, the place to begin behind.
package struct AuditPosition: Sendable {
    /// The path of the file.
    package let path: String

    /// The file at `path`, which need not be there.
    package init(path: String) {
        self.path = path
    }

    /// A number, and a mark, with room to spare.
    private static let bytesMax = 128

    /// The place; nil where there is no file.
    ///
    /// Throws a `FollowingError` where the file says none.
    package func read() throws -> AuditPlace? {
        let bytes: [UInt8]? = try FileRights.asInvoker { () throws(SystemError) in
            guard try DataFile.kind(path) != nil else { return nil }
            return try DataFile.read(path, upTo: Self.bytesMax)
        }
        guard let bytes else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.hasSuffix("\n"), let place = AuditPlace(text: text.dropLast()) else {
            throw FollowingError(
                "\(path) holds no number of an entry. Remove it, or name another file."
            )
        }
        return place
    }

    /// Writes the place, durably and whole.
    package func write(_ place: AuditPlace) throws(SystemError) {
        try FileRights.asInvoker { () throws(SystemError) in
            try DataFile.write(Array("\(place.text)\n".utf8), to: path, isPrivate: true)
        }
    }
}
