// SPDX-License-Identifier: Apache-2.0
/// The first thing that is wrong with an audit.
package enum AuditFinding: Sendable, Equatable {
    /// There is no key that rows could be checked with.
    case noKey
    /// There is no head, which is there before the first row.
    case noHead
    /// The head is not one that was written under the key.
    case foreignHead
    /// The row says something else than what was written there.
    case changed(Int64)
    /// The row stands where another one was: it was written as that number.
    case moved(Int64, from: Int64)
    /// The row was not written by this program.
    case inserted(Int64)
    /// From the first number to the second, rows are missing.
    case removed(Int64, through: Int64)
    /// The newest rows are missing, from the first number to the second.
    case cutOff(Int64, through: Int64)
    /// The mark that was kept elsewhere is of a row that this audit does not have.
    case behind(kept: Int64, newest: Int64)
    /// The row of the mark that was kept elsewhere is another one here.
    case otherRow(Int64)
}

/// The outcome of going through a whole audit.
package struct AuditReport: Sendable, Equatable {
    /// The first thing that is wrong; nil where everything is as it was written.
    package var finding: AuditFinding?
    /// The rows that were checked.
    package var checked: Int64
    /// The rows before the first one under the present key, which cannot be checked.
    package var earlier: Int64
    /// The newest row; nil where there is none.
    package var newest: AuditMark?

    package init(
        finding: AuditFinding? = nil,
        checked: Int64 = 0,
        earlier: Int64 = 0,
        newest: AuditMark? = nil
    ) {
        self.finding = finding
        self.checked = checked
        self.earlier = earlier
        self.newest = newest
    }
}

/// Goes through a whole audit, from its first row to its head.
package struct AuditVerification {
    private let reader: any RegistrationReader
    private let seal: AuditSeal
    private let head: AuditHead
    private let kept: AuditMark?
    private var report = AuditReport()

    /// As many rows as are in memory at once.
    private static let pageRows = 500

    /// Checks the audit of `reader`, and that it has the row `kept`; linear in the rows.
    package static func report(
        _ reader: any RegistrationReader,
        keeping kept: AuditMark? = nil
    ) throws(StoreError) -> AuditReport {
        switch try vouchedHead(reader) {
        case .broken(let finding): return AuditReport(finding: finding)
        case .ours(let seal, let head): return try report(reader, seal, head, keeping: kept)
        }
    }

    private static func report(
        _ reader: any RegistrationReader,
        _ seal: AuditSeal,
        _ head: AuditHead,
        keeping kept: AuditMark?
    ) throws(StoreError) -> AuditReport {
        var verification = AuditVerification(reader: reader, seal: seal, head: head, kept: kept)
        if head.mark.sequence > 0 { verification.report.newest = head.mark }
        verification.report.finding = try verification.firstFinding()
        return verification.report
    }

    /// As `report`, of the head alone: the rows are not looked at.
    package static func headReport(
        _ reader: any RegistrationReader
    ) throws(StoreError) -> AuditReport {
        switch try vouchedHead(reader) {
        case .broken(let finding): return AuditReport(finding: finding)
        case .ours(_, let head):
            return AuditReport(newest: head.mark.sequence > 0 ? head.mark : nil)
        }
    }

    /// A head that was written under the key, or what is wrong with it.
    private enum VouchedHead {
        case ours(AuditSeal, AuditHead)
        case broken(AuditFinding)
    }

    private static func vouchedHead(
        _ reader: any RegistrationReader
    ) throws(StoreError) -> VouchedHead {
        guard let (head, code) = try reader.auditHead() else { return .broken(.noHead) }
        guard let seal = try reader.auditSeal() else { return .broken(.noKey) }
        return try seal.code(of: head) == code ? .ours(seal, head) : .broken(.foreignHead)
    }

    private init(
        reader: any RegistrationReader,
        seal: AuditSeal,
        head: AuditHead,
        kept: AuditMark?
    ) {
        (self.reader, self.seal, self.head, self.kept) = (reader, seal, head, kept)
    }

    private mutating func firstFinding() throws(StoreError) -> AuditFinding? {
        var (expected, previous) = (Int64(1), AuditChain.start)
        // From the lowest number there is: a row below 1 is not one of ours.
        var (page, last) = (try rows(after: .min), Int64.min)
        while !page.isEmpty {
            for row in page {
                if let finding = try check(row, expected: expected, previous) { return finding }
                (previous, last) = (row.code, row.entry.sequence)
                expected += 1
            }
            page = try rows(after: last)
        }
        let newest = head.mark
        if expected <= newest.sequence {
            return .cutOff(expected, through: newest.sequence)
        }
        // The head vouches for the last row as the rows do for those before them.
        if newest.sequence > 0, previous != newest.code { return .changed(newest.sequence) }
        if let kept, kept.sequence > newest.sequence {
            return .behind(kept: kept.sequence, newest: newest.sequence)
        }
        return nil
    }

    private mutating func check(
        _ row: AuditRow,
        expected: Int64,
        _ previous: [UInt8]
    ) throws(StoreError) -> AuditFinding? {
        let number = row.entry.sequence
        if number < expected || number > head.mark.sequence { return .inserted(number) }
        if number > expected { return .removed(expected, through: number - 1) }
        if number < head.first {
            report.earlier += 1
        } else if try seal.code(of: row.entry, after: previous) == row.code {
            report.checked += 1
        } else {
            return try cause(row, previous)
        }
        if let kept, kept.sequence == number, kept.code != row.code { return .otherRow(number) }
        return nil
    }

    /// The change that was made to a row whose code is not its own.
    private func cause(_ row: AuditRow, _ previous: [UInt8]) throws(StoreError) -> AuditFinding {
        let number = row.entry.sequence
        // The row behind it was written in its place: the others were moved up for it.
        if let next = try reader.auditRows(after: number, limit: 1).first {
            var original = next.entry
            original.sequence = number
            if try seal.code(of: original, after: previous) == next.code {
                return .inserted(number)
            }
        }
        if let from = try origin(of: row) { return .moved(number, from: from) }
        return .changed(number)
    }

    /// The number as which `row` was written, if the row before it is there still; linear in the
    /// rows.
    private func origin(of row: AuditRow) throws(StoreError) -> Int64? {
        var (page, before) = (try rows(after: 0), AuditChain.start)
        while let last = page.last {
            for other in page {
                var original = row.entry
                original.sequence = other.entry.sequence
                // The row before its own place; or the row in it, where two neighbours have
                // changed places.
                for previous in [before, other.code] where original.sequence != row.entry.sequence {
                    if try seal.code(of: original, after: previous) == row.code {
                        return original.sequence
                    }
                }
                before = other.code
            }
            page = try rows(after: last.entry.sequence)
        }
        return nil
    }

    private func rows(after sequence: Int64) throws(StoreError) -> [AuditRow] {
        try reader.auditRows(after: sequence, limit: Self.pageRows)
    }
}
