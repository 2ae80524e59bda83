// SPDX-License-Identifier: Apache-2.0
/// Conclusions for an operator from a run, in sentences, the gravest first.
enum Conclusions {
    static func of(_ measurements: Measurements) -> [String] {
        var result: [String] = []
        if measurements.failed > 0 {
            result.append(
                "\(Format.grouped(Double(measurements.failed))) requests failed: use no figure "
                    + "before the reason is known."
            )
        }
        let choice = Representative(measurements)
        result += isOfFloods(measurements) ? floods(measurements) : costs(choice)
        result += openConnections(choice)
        result += memory(measurements)
        if measurements.answers != nil { result += load(measurements) }
        result += doubts(measurements)
        return result
    }

    /// Whether the rows are named by floods and not by kinds of work.
    static func isOfFloods(_ measurements: Measurements) -> Bool {
        !measurements.rows.isEmpty && measurements.answers == nil
            && measurements.rows.allSatisfy { Work(rawValue: $0.key.work) == nil }
    }

    private static func floods(_ measurements: Measurements) -> [String] {
        let remarks = measurements.remarks.map { $0.prefix(1).uppercased() + $0.dropFirst() }
        return remarks + [
            "The server is to keep 80 % of the quiet rate, and p99 within three times the quiet."
        ]
    }

    // MARK: what it costs

    private static func costs(_ choice: Representative) -> [String] {
        choice.works.compactMap { work in
            guard let row = choice.row(of: work), let cost = row.median(\.serverCPU), cost > 0
            else { return nil }
            let title = Work(rawValue: work)?.title ?? work
            let subject = title.prefix(1).uppercased() + title.dropFirst()
            let peers = choice.rows(of: work).compactMap { peer -> String? in
                guard let name = Peer(rawValue: peer.key.server)?.title,
                    let other = peer.median(\.serverCPU), other > 0
                else { return nil }
                return "\(Format.fixed(cost / other, 2)) times what \(name) spends"
            }
            let beside =
                peers.isEmpty
                ? "" : " That is " + peers.joined(separator: ", and ") + " on a fixed page."
            return "\(subject): \(Format.latency(cost)) of CPU, so a processor of this machine has "
                + "room for about \(Format.grouped(1e6 / cost)) a second.\(beside)"
        }
    }

    private static func openConnections(_ choice: Representative) -> [String] {
        guard let kept = choice.row(of: Work.keptAlive.rawValue)?.median(\.serverCPU), kept > 0,
            let full = choice.row(of: Work.full.rawValue)?.median(\.serverCPU)
        else { return [] }
        let resumed = choice.row(of: Work.resumed.rawValue)?.median(\.serverCPU)
        return [
            "Let clients keep their connections open: a token there costs "
                + "\(Format.fixed(full / kept, 1)) times less than after a full handshake"
                + (resumed.map { ", and \(Format.fixed($0 / kept, 1)) times less than resumed" }
                    ?? "")
                + "."
        ]
    }

    private static func memory(_ measurements: Measurements) -> [String] {
        guard let own = measurements.memory.first(where: { Peer(rawValue: $0.server) == nil }),
            own.bytesPerConnection > 0
        else { return [] }
        let mebibytes = own.bytesPerConnection * 10_000 / 1_048_576
        return ["10 000 idle connections take about \(Format.fixed(mebibytes, 0)) MiB."]
    }

    // MARK: what a load of one's own says

    private static func load(_ measurements: Measurements) -> [String] {
        guard let row = measurements.rows.first, let rate = row.median(\.rate) else { return [] }
        var result: [String] = []
        let latency = row.latency(99).map { "; 99 % took at most \(Format.latency($0))" } ?? ""
        if let kept = LoadRemarks.rateKept(measurements.timeline) {
            result.append(
                kept.fellBehind
                    ? "The target kept up to \(Format.grouped(kept.rate)) a second, and then fell "
                        + "behind: plan for less than that, or look for what held it up."
                    : "The target kept up with all that was offered, to "
                        + "\(Format.grouped(kept.rate)) a second\(latency). Its limit is higher: "
                        + "offer more to find it."
            )
        } else if row.isGeneratorBound {
            result.append(
                "\(Format.grouped(rate)) a second is the limit of this load generator and not of "
                    + "the target: use more --threads or --processes."
            )
        } else {
            result.append(
                "The target answered \(Format.grouped(rate)) a second with so many connections"
                    + latency + ". Use --ramp to see what clients notice as the rate rises."
            )
        }
        let shares = measurements.rows.compactMap { row in row.median { $0.resumedShare } }
        if let share = shares.min(), share < 0.99 {
            result.append(
                "Only \(Format.percent(share)) of the sessions were resumed: the other clients "
                    + "paid for a full handshake. Look at the target's session cache or tickets."
            )
        }
        return result
    }

    // MARK: what to doubt

    private static func doubts(_ measurements: Measurements) -> [String] {
        let rows = measurements.rows.filter { !$0.key.isPeer }
        var result: [String] = []
        let noisy = rows.count { $0.spread > 0.1 }
        if noisy > 0 {
            result.append(
                "\(noisy) of \(Format.counted(rows.count, "row", "rows")) varied by more than "
                    + "10 %: compare ratios, or measure again on a quieter machine."
            )
        }
        let bound = rows.count(where: \.isGeneratorBound)
        if bound > 0, measurements.answers == nil {
            result.append(
                "In \(bound) of \(Format.counted(rows.count, "row", "rows")) the load generator "
                    + "was the bottleneck: rates there are lower bounds, CPU per operation holds."
            )
        }
        return result
    }
}
