// SPDX-License-Identifier: Apache-2.0
/// The change of a row since an earlier run.
struct RowChange: Equatable {
    enum Kind: Equatable {
        case better
        case worse
        case withinNoise
        case missing
        case new
    }

    var key: RowKey
    /// The quantity that was compared.
    var quantity: String
    var before: Double?
    var after: Double?
    /// The change that the rounds' own spread explains.
    var noise: Double
    var kind: Kind

    /// The change as a share of the value before.
    var change: Double? {
        guard let before, let after, before > 0 else { return nil }
        return after / before - 1
    }
}

/// Compares a run with an earlier one, row by row.
enum Baseline {
    /// Less is never called a change, however close the rounds were.
    static let noiseFloor = 0.03

    static func compare(_ before: Measurements, _ after: Measurements) -> [RowChange] {
        let earlier = Dictionary(before.rows.map { ($0.key, $0) }) { first, _ in first }
        let known = Set(after.rows.map(\.key))
        var changes = after.rows.compactMap { row -> RowChange? in
            // The peers are yardsticks, not what is measured.
            guard !row.key.isPeer else { return nil }
            guard let old = earlier[row.key] else {
                return RowChange(key: row.key, quantity: "", noise: 0, kind: .new)
            }
            return change(old, row)
        }
        for row in before.rows where !known.contains(row.key) && !row.key.isPeer {
            changes.append(RowChange(key: row.key, quantity: "", noise: 0, kind: .missing))
        }
        return changes
    }

    /// The ratio to nginx where both runs have it (it hardly depends on the machine's mood), else
    /// the server's CPU, else the rate.
    static func change(_ old: Row, _ new: Row) -> RowChange {
        let (quantity, before, after, less) = quantity(old, new)
        let noise = max(noiseFloor, Statistics.spread(before), Statistics.spread(after))
        var result = RowChange(
            key: new.key,
            quantity: quantity,
            before: Statistics.median(before),
            after: Statistics.median(after),
            noise: noise,
            kind: .withinNoise
        )
        if let change = result.change, change.magnitude > noise {
            result.kind = (change < 0) == less ? .better : .worse
        }
        return result
    }

    /// The quantity that two rows have in common to be compared by, and whether less is better.
    private static func quantity(
        _ old: Row,
        _ new: Row
    ) -> (String, [Double], [Double], Bool) {
        if !old.ratios.isEmpty, !new.ratios.isEmpty {
            return ("CPU against nginx", old.ratios, new.ratios, true)
        }
        let costs = old.rounds.compactMap(\.serverCPU)
        let costsNow = new.rounds.compactMap(\.serverCPU)
        if !costs.isEmpty, !costsNow.isEmpty {
            return ("server CPU, µs", costs, costsNow, true)
        }
        return ("rate", old.rounds.map(\.rate), new.rounds.map(\.rate), false)
    }

    /// The comparison as lines: first what moved, then how many did not.
    static func lines(_ changes: [RowChange], earlier: String) -> [String] {
        var result = ["Compared with \(earlier):"]
        for change in changes {
            guard let share = change.change, change.kind == .better || change.kind == .worse,
                let before = change.before, let after = change.after
            else { continue }
            let digits = before < 10 ? 3 : 0
            result.append(
                "  \(change.kind == .better ? "better" : "WORSE ") \(name(change.key)): "
                    + "\(change.quantity) \(Format.fixed(before, digits)) → "
                    + "\(Format.fixed(after, digits)) (\(share > 0 ? "+" : "")"
                    + "\(Format.fixed(share * 100, 1)) %, noise ± \(Format.percent(change.noise)))"
            )
        }
        func count(_ kind: RowChange.Kind) -> Int {
            changes.count { $0.kind == kind }
        }
        if result.count == 1 { result.append("  no row moved beyond the noise") }
        result.append("  \(count(.withinNoise)) of \(changes.count) rows within the noise")
        for change in changes where change.kind == .missing || change.kind == .new {
            let which = change.kind == .new ? "only in this run" : "only in the earlier run"
            result.append("  \(which): \(name(change.key))")
        }
        return result
    }

    static func name(_ key: RowKey) -> String {
        [key.work, key.client, key.version.isEmpty ? "" : "TLS \(key.version)", key.token]
            .filter { !$0.isEmpty }.joined(separator: " ")
    }
}
