// SPDX-License-Identifier: Apache-2.0
/// The remarks beneath the table of a load run: how to read the figures, and what to doubt.
enum LoadRemarks {
    static func all(
        _ plan: LoadPlan,
        _ result: LoadResult,
        timeline: [TimelinePoint]
    ) -> [String] {
        var remarks = pace(plan, result, timeline)
        if let text = bottleneck(result) { remarks.append(text) }
        if let text = clients(plan, result) { remarks.append(text) }
        if result.reconnected > 0 {
            remarks.append(
                "The server closed \(result.reconnected) kept-alive connections; "
                    + "they were opened anew."
            )
        }
        remarks.append(
            "\(Format.grouped(Double(result.answers + 1))) good answers in all, with those of the "
                + "first request, of the warm-up and after the end: as many as the target has "
                + "counted."
        )
        return remarks
    }

    /// The slices with the rate that was due in each.
    static func offered(_ plan: LoadPlan, _ timeline: [TimelinePoint]) -> [TimelinePoint] {
        guard let arrivals = plan.pace.arrivals else { return timeline }
        var before = 0.0
        return timeline.map { point in
            let due = arrivals.count(until: point.second) - arrivals.count(until: before)
            var result = point
            result.offered = due / max(point.second - before, 1e-9)
            before = point.second
            return result
        }
    }

    /// The highest rate that the target kept up with, and whether more was offered; nil for a
    /// closed loop.
    ///
    /// A target kept up with a slice of the time when it answered 95 % of what was due in it. Of a
    /// rate that does not change, it is what was answered on average.
    static func rateKept(_ timeline: [TimelinePoint]) -> (rate: Double, fellBehind: Bool)? {
        let slices = timeline.compactMap { point in
            point.offered.map { (offered: $0, answered: point.rate) }
        }
        guard let lowest = slices.map(\.offered).min(), let highest = slices.map(\.offered).max()
        else { return nil }
        func isKept(_ offered: Double, _ answered: Double) -> Bool { answered >= offered * 0.95 }
        if highest - lowest < highest * 1e-6 {
            let answered = slices.map(\.answered).reduce(0, +) / Double(slices.count)
            return isKept(highest, answered) ? (highest, false) : (answered, true)
        }
        let kept = slices.filter { isKept($0.offered, $0.answered) }.map(\.offered).max() ?? 0
        // One slow slice, or two, at the end are a hiccup.
        let beyond = slices.count { $0.offered > kept }
        return beyond > 2 ? (kept, true) : (highest, false)
    }

    private static func pace(
        _ plan: LoadPlan,
        _ result: LoadResult,
        _ timeline: [TimelinePoint]
    ) -> [String] {
        let answered = Format.grouped(Double(result.succeeded) / max(result.seconds, 1e-9))
        var remarks: [String] = []
        switch plan.pace {
        case .closed, .once:
            return [
                "Closed loop: each connection waits for its answer, so a stall of the server hides "
                    + "in the latencies; use --rate for what clients would see."
            ]
        case .open(let rate):
            remarks.append(
                "Open loop: \(Format.grouped(rate)) per second offered, \(answered) answered; "
                    + "latencies count from the intended start."
            )
        case .ramp(let ramp):
            remarks.append(
                "Open loop: from \(Format.grouped(ramp.from)) to \(Format.grouped(ramp.to)) per "
                    + "second in \(Format.fixed(ramp.seconds, 0)) s, \(answered) answered on "
                    + "average; latencies count from the intended start."
            )
            if let kept = rateKept(timeline) {
                remarks.append(
                    kept.fellBehind
                        ? "The target kept up to \(Format.grouped(kept.rate)) per second; from "
                            + "there on less than 95 % was answered in time."
                        : "The target kept up all the way, to \(Format.grouped(kept.rate)) per "
                            + "second."
                )
            }
        }
        if result.unanswered > 0 {
            remarks.append(
                "\(Format.grouped(Double(result.unanswered))) operations were due and got no "
                    + "answer: the target does not keep up with this rate, or --connections "
                    + "is too low for it."
            )
        }
        return remarks
    }

    private static func bottleneck(_ result: LoadResult) -> String? {
        let seconds = max(result.seconds, 1e-9)
        let load = result.generatorCPU / seconds
        guard Bottleneck.isGenerator(load, server: result.serverCPU.map { $0 / seconds }) else {
            return nil
        }
        return "The load generator was the bottleneck: its thread computed "
            + "\(Format.percent(load)) of the time"
            + (result.serverCPU.map { ", the server \(Format.percent($0 / seconds))" } ?? "")
            + ". The rate is a lower bound; give it more --threads or --processes if there are "
            + "processors."
    }

    /// How many of the clients had a turn.
    private static func clients(_ plan: LoadPlan, _ result: LoadResult) -> String? {
        let count = plan.identities.count
        guard count > 1 else { return nil }
        // Where there are fewer clients than threads, each thread has all of them.
        let used = min(result.clientsUsed, count)
        guard used < count else { return "All \(Format.grouped(Double(count))) clients were used." }
        return "\(Format.grouped(Double(used))) of the \(Format.grouped(Double(count))) clients "
            + "were used: "
            + (plan.mix.kinds == [.keptAlive]
                ? "a kept-alive connection is one client's. More --connections uses more, or "
                    + "--mode full."
                : "a longer --duration uses more.")
    }
}
