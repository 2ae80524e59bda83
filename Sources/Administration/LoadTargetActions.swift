// SPDX-License-Identifier: Apache-2.0
internal import HTTP
package import LoadTarget
internal import Reactor
internal import Text

/// The actions of those who test with a load target: rules of faults, calls, counters, the clock.
package struct LoadTargetActions: Sendable {
    private let target: LoadTargetState

    /// The times that the clock may have, in seconds since 1970: from 2000 to 2200, well within
    /// what tokens, logs and certificates can say.
    private static let times: ClosedRange<Int64> = 946_684_800...7_258_118_400
    /// The calls of an answer where none are asked for.
    private static let callsStandard = 1000

    /// Actions on `target`.
    package init(_ target: LoadTargetState) {
        self.target = target
    }

    /// Adds the routes of these actions.
    func add(to table: inout RouteTable<AdministrationAction>) {
        table.add(.get, "/load-target/faults") { _ in .now(json(target.rules.json)) }
        table.add(.post, "/load-target/faults") { .now(addRule($0.content)) }
        table.add(.delete, "/load-target/faults/{id}") { .now(removeRule($0.parameters[0])) }
        table.add(.get, "/load-target/calls") { .now(calls($0.query)) }
        table.add(.get, "/load-target/counters") { .now(counters($0.query)) }
        table.add(.post, "/load-target/reset") { _ in
            target.reset()
            return .now(AdministrationAnswer(204))
        }
        table.add(.get, "/load-target/summary") { _ in .now(json(target.summary.json)) }
        table.add(.get, "/load-target/clock") { _ in .now(clock()) }
        table.add(.post, "/load-target/clock") { .now(turnClock($0.content)) }
    }

    private func json(_ value: JSONValue, status: Int = 200) -> AdministrationAnswer {
        AdministrationAnswer(status, Array(value.indentedText.utf8))
    }

    /// 400 with one finding, in the form that rules have.
    private func refused(
        _ member: String?,
        _ problem: String,
        _ remedy: String
    ) -> AdministrationAnswer {
        json(FaultRuleError(FaultRuleFinding(member, problem, remedy)).json, status: 400)
    }

    // MARK: rules

    private func addRule(_ content: [UInt8]) -> AdministrationAnswer {
        guard let value = JSONValue(content.span) else {
            return refused(nil, "The content is not one JSON value.", "Send a rule as an object.")
        }
        do throws(FaultRuleError) {
            guard let id = target.rules.add(try FaultRule(value)) else {
                let text = "There are \(FaultPlan.rulesMax) rules, as many as may be."
                var answer = refused(nil, text, "Remove one first.")
                answer.response.status = 409
                return answer
            }
            return json(.object(["id": .integer(Int64(id))]), status: 201)
        } catch {
            return json(error.json, status: 400)
        }
    }

    private func removeRule(_ text: String) -> AdministrationAnswer {
        let isRemoved = Int(text).map { target.rules.remove($0) } ?? false
        return AdministrationAnswer(isRemoved ? 204 : 404)
    }

    // MARK: calls

    private func calls(_ query: [UInt8]) -> AdministrationAnswer {
        var fields = FormFields()
        guard let values = Self.values(["client", "since", "limit"], of: query, &fields) else {
            return refused(nil, "The query cannot be read.", "Encode it as a form's content.")
        }
        var since: Int64?
        if let text = values["since"] {
            guard let milliseconds = Self.milliseconds(text) else {
                return refused("since", "It is no time.", "Give Unix seconds, such as 1796000000.")
            }
            since = milliseconds
        }
        var limit = Self.callsStandard
        if let text = values["limit"] {
            guard let number = Int(text), (1...CallRing.limitMax).contains(number) else {
                return refused(
                    "limit",
                    "It is no number of calls.",
                    "Give one from 1 to \(CallRing.limitMax)."
                )
            }
            limit = number
        }
        let page = target.ring.page(client: values["client"], since: since, limit: limit)
        return AdministrationAnswer(200, page.json)
    }

    private func counters(_ query: [UInt8]) -> AdministrationAnswer {
        var fields = FormFields()
        guard let values = Self.values(["client"], of: query, &fields) else {
            return refused(nil, "The query cannot be read.", "Encode it as a form's content.")
        }
        guard let client = values["client"] else { return json(target.totals.json) }
        // A client that has not called has counted nothing.
        return json((target.clients.existing(client)?.counters.totals ?? LoadTotals()).json)
    }

    /// The values of parameters that are given; nil for a query that cannot be read.
    private static func values(
        _ names: Set<String>,
        of query: [UInt8],
        _ fields: inout FormFields
    ) -> [String: String]? {
        do throws(FormError) {
            try fields.parse(query.span)
        } catch {
            return nil
        }
        var values: [String: String] = [:]
        for name in names {
            guard let range = fields.range(named: name) else { continue }
            values[name] = String(decoding: fields.bytes[range], as: UTF8.self)
        }
        return values
    }

    /// Unix seconds with up to three decimals, in milliseconds.
    private static func milliseconds(_ text: String) -> Int64? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let seconds = Int64(parts[0]), seconds >= 0,
            seconds <= 253_402_300_799
        else { return nil }
        guard parts.count == 2 else { return seconds * 1000 }
        let decimals = parts[1]
        guard (1...3).contains(decimals.utf8.count),
            decimals.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let thousandths = Int64(decimals + String(repeating: "0", count: 3 - decimals.count))
        else { return nil }
        return seconds * 1000 + thousandths
    }

    // MARK: the clock

    private func clock() -> AdministrationAnswer {
        json(
            .object([
                "offset_seconds": .integer(target.clock.offsetSeconds),
                "time": .integer(target.clock.seconds),
            ])
        )
    }

    /// Sets how far the clock is ahead of the machine's.
    private func turnClock(_ content: [UInt8]) -> AdministrationAnswer {
        guard case .object(let members)? = JSONValue(content.span),
            Array(members.keys) == ["offset_seconds"],
            case .integer(let offset)? = members["offset_seconds"]
        else {
            return refused(
                "offset_seconds",
                "It is no number of seconds.",
                "Send {\"offset_seconds\": 3600}: whole seconds, and no other member."
            )
        }
        let machine = target.clock.seconds - target.clock.offsetSeconds
        let (time, isBeyond) = machine.addingReportingOverflow(offset)
        guard !isBeyond, Self.times.contains(time) else {
            return refused(
                "offset_seconds",
                "The clock would stand before 2000 or after 2200.",
                "Give seconds that lead to a time between."
            )
        }
        target.clock.turn(seconds: offset - target.clock.offsetSeconds)
        return clock()
    }
}
