// SPDX-License-Identifier: Apache-2.0
internal import HTTP
package import LoadTarget
internal import Reactor
internal import Storage
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

    /// The routes of these actions.
    var routes: [AdministrationRoute] {
        [
            looking("/load-target/faults", "The rules of faults.", "FaultRules") { _ in
                .json(target.rules.json)
            },
            AdministrationRoute(
                method: .post,
                path: "/load-target/faults",
                role: .administer,
                summary: "Add a rule of faults.",
                query: nil,
                content: .any(schema: "FaultRule"),
                successes: [.init(201, "FaultRuleID")],
                problems: [409],
                work: .now { addRule($0.content) }
            ),
            changing(.delete, "/load-target/faults/{id}", "Remove a rule of faults.") {
                removeRule($0.name)
            },
            looking("/load-target/calls", "What was called.", "Calls") { calls($0.received.query) },
            looking("/load-target/counters", "How often was called.", "Counters") {
                counters($0.received.query)
            },
            changing(.post, "/load-target/reset", "Begin to count anew.") { _ in
                target.reset()
                return Response(status: 204)
            },
            looking("/load-target/summary", "The bill.", "Summary") { _ in
                .json(target.summary.json)
            },
            looking("/load-target/clock", "The clock.", "TargetClock") { _ in clock() },
            AdministrationRoute(
                method: .post,
                path: "/load-target/clock",
                role: .administer,
                summary: "Set how far the clock is ahead of the machine's.",
                query: nil,
                content: .any(schema: "ClockOffset"),
                successes: [.init(200, "TargetClock")],
                work: .now { turnClock($0.content) }
            ),
        ]
    }

    private func looking(
        _ path: String,
        _ summary: String,
        _ schema: String,
        _ look: @escaping @Sendable (AdministrationRequest) -> Response
    ) -> AdministrationRoute {
        AdministrationRoute(
            method: .get,
            path: path,
            role: .read,
            summary: summary,
            query: nil,
            successes: [.init(200, schema)],
            work: .now(look)
        )
    }

    private func changing(
        _ method: HTTPMethod,
        _ path: String,
        _ summary: String,
        _ change: @escaping @Sendable (AdministrationRequest) -> Response
    ) -> AdministrationRoute {
        AdministrationRoute(
            method: method,
            path: path,
            role: .administer,
            summary: summary,
            query: nil,
            successes: [.init(204)],
            work: .now(change)
        )
    }

    /// One finding, in the form that rules have.
    private func refused(
        _ member: String?,
        _ problem: String,
        _ remedy: String,
        status: Int = 400
    ) -> Response {
        refused(FaultRuleError(FaultRuleFinding(member, problem, remedy)), status: status)
    }

    /// Problem details with the member `findings`, which commands of the time before them read.
    private func refused(_ error: FaultRuleError, status: Int = 400) -> Response {
        var members: [String: JSONValue] = [:]
        if case .object(let found) = error.json { members = found }
        members["errors"] = members["findings"]
        return ProblemDetails(status, "The load target refuses it.").response(adding: members)
    }

    // MARK: rules

    private func addRule(_ content: [UInt8]) -> Response {
        guard let value = JSONValue(content.span) else {
            return refused(nil, "The content is not one JSON value.", "Send a rule as an object.")
        }
        do throws(FaultRuleError) {
            guard let id = target.rules.add(try FaultRule(value)) else {
                let text = "There are \(FaultPlan.rulesMax) rules, as many as may be."
                return refused(nil, text, "Remove one first.", status: 409)
            }
            return .json(.object(["id": .integer(Int64(id))]), status: 201)
        } catch {
            return refused(error)
        }
    }

    private func removeRule(_ text: String) -> Response {
        let isRemoved = Int(text).map { target.rules.remove($0) } ?? false
        return isRemoved ? Response(status: 204) : ProblemDetails(404).response
    }

    // MARK: calls

    private func calls(_ query: [UInt8]) -> Response {
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
        return Response(status: 200, page.json)
    }

    private func counters(_ query: [UInt8]) -> Response {
        var fields = FormFields()
        guard let values = Self.values(["client"], of: query, &fields) else {
            return refused(nil, "The query cannot be read.", "Encode it as a form's content.")
        }
        guard let client = values["client"] else { return .json(target.totals.json) }
        // A client that has not called has counted nothing.
        return .json((target.clients.existing(client)?.counters.totals ?? LoadTotals()).json)
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

    private func clock() -> Response {
        .json(
            .object([
                "offset_seconds": .integer(target.clock.offsetSeconds),
                "time": .integer(target.clock.seconds),
            ])
        )
    }

    /// Sets how far the clock is ahead of the machine's.
    private func turnClock(_ content: [UInt8]) -> Response {
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
