// SPDX-License-Identifier: Apache-2.0
internal import Text

/// All that ends, by its date and its urgency, with what to do.
enum ExpiringPage {
    static var pages: [ConsolePage] {
        [.get("/expiring") { request throws(ServerAPIError) in try list(request) }]
    }

    private static let daySeconds: Int64 = 86_400
    private static let periods: [(value: String, label: String)] = [
        ("7", "7 days"), ("30", "30 days"), ("90", "90 days"), ("365", "A year"),
        ("all", "All that is known"),
    ]
    private static let standardPeriod = "90"
    /// More than a person reads; beyond it the page says so.
    private static let limit = "500"
    /// Apart, and few, so that what has ended long ago does not hide what is coming.
    private static let endedLimit = "50"

    /// The order in which the server lists what ends, within each urgency.
    private static let orders: [(value: String, label: String)] = [
        ("ascending", "Soonest first"), ("descending", "Latest first"),
    ]

    private static let kinds: [(value: String, label: String)] = [
        ("client_certificate", "Client certificates"),
        ("client_ca", "CAs of clients"), ("trust_set_ca", "CAs of trust sets"),
        ("server_auth_permission", "Permissions for certificates of servers"),
        ("revocation_list", "Revocation lists"), ("server_certificate", "Server certificates"),
        ("key", "Keys of tokens"),
    ]

    private static func list(_ request: ConsoleRequest) throws(ServerAPIError) -> ConsoleAnswer {
        let (asked, kind) = (request.query.trimmed("within"), request.query.trimmed("kind"))
        let period = periods.contains { $0.value == asked } ? asked : standardPeriod
        let wanted = request.query.trimmed("order")
        let order = orders.contains { $0.value == wanted } ? wanted : orders[0].value
        let days = Int64(period)
        let before = days.map { TimestampText.text(request.now + $0 * daySeconds) }
        let now = TimestampText.text(request.now)
        let path = ServerPath("expiring")
        let ended = try request.api.get(
            path,
            query: [("before", now), ("kind", kind), ("order", order), ("limit", endedLimit)]
        ).value
        let coming = try request.api.get(
            path,
            query: [
                ("after", now), ("before", before), ("kind", kind), ("order", order),
                ("limit", limit),
            ]
        ).value
        let isAscending = order == orders[0].value
        let things = (isAscending ? [ended, coming] : [coming, ended]).flatMap {
            $0["expiring"]?.elements ?? []
        }
        .map { EndingThing($0, now: request.now) }
        let groups = Urgency.allCases.map { urgency in
            section(urgency, things.filter { $0.urgency == urgency })
        }
        let nothing: HTML? =
            things.isEmpty
            ? EmptyState.markup("Nothing ends in this time", "Choose a longer one to look further.")
            : nil
        return .page(
            Page(
                "Expiring",
                in: .expiring,
                """
                \(filter(period, kind, order))\(more(ended, coming, order))\(summary(things))\
                \(nothing)\(groups)
                """
            )
        )
    }

    /// Whether either answer leaves something out; the server gives what is first in this order.
    private static func more(_ ended: JSONValue, _ coming: JSONValue, _ order: String) -> HTML {
        var texts: [HTML] = []
        if coming["more"]?.isTrue == true {
            let leftOut = order == orders[0].value ? "last" : "soonest"
            texts.append(
                """
                <p>More ends in this time than is shown; those that end \(leftOut) are left out:
                choose a kind.</p>
                """
            )
        }
        if ended["more"]?.isTrue == true {
            let which = order == orders[0].value ? "first" : "last"
            texts.append(
                """
                <p>More has ended than is shown (the \(endedLimit) that ended \(which)): choose a
                kind, or the other order.</p>
                """
            )
        }
        return texts.isEmpty ? "" : Notice(.remark, texts.joined()).markup
    }

    private static func filter(_ period: String, _ kind: String, _ order: String) -> HTML {
        Filter.markup(
            Section.expiring.address,
            label: "What ends",
            isSet: period != standardPeriod || !kind.isEmpty || order != orders[0].value,
            [
                FormField("within", "Ends within", .choice(periods), values: [period]),
                FormField(
                    "kind",
                    "Kind",
                    .choice([("", "Everything")] + kinds),
                    values: [kind]
                ),
                FormField("order", "Order", .choice(orders), values: [order]),
            ]
        )
    }

    /// How many there are of each urgency, in one line.
    private static func summary(_ things: [EndingThing]) -> HTML? {
        let counts = Urgency.allCases.compactMap { urgency -> HTML? in
            let count = things.count { $0.urgency == urgency }
            guard count > 0 else { return nil }
            return "<a href=\"#\(urgency.rawValue)\">\(urgency.badge(count))</a>"
        }
        return counts.isEmpty ? nil : "<p>\(counts.joined(" "))</p>"
    }

    private static func section(_ urgency: Urgency, _ things: [EndingThing]) -> HTML {
        guard !things.isEmpty else { return "" }
        let columns = ["What", "Ends", "Belongs to", "What to do"].map { Table.Column($0) }
        return """
            <section class="ends">
            <h2 id="\(urgency.rawValue)">\(urgency.title)</h2>
            \(Table(urgency.title, columns, things.map(\.row)).markup)
            </section>

            """
    }

    /// The name of a kind, for one thing.
    fileprivate static func name(_ kind: String) -> String {
        switch kind {
        case "client_certificate": "Client certificate"
        case "client_ca": "CA of clients"
        case "trust_set_ca": "CA of a trust set"
        case "server_auth_permission": "Permission for certificates of servers"
        case "revocation_list": "Revocation list"
        case "server_certificate": "Server certificate"
        case "key": "Key of tokens"
        default: kind
        }
    }
}

/// How soon something is to be done.
private enum Urgency: String, CaseIterable {
    case ended, week, month, later, handled

    var title: String {
        switch self {
        case .ended: "Ended"
        case .week: "Within 7 days"
        case .month: "Within 30 days"
        case .later: "Later"
        case .handled: "Nothing to do"
        }
    }

    func badge(_ count: Int) -> HTML {
        switch self {
        case .ended: Badge.bad("\(count) ended")
        case .week: Badge.bad("\(count) within 7 days")
        case .month: Badge.warning("\(count) within 30 days")
        case .later: Badge.plain("\(count) later")
        case .handled: Badge.plain("\(count) with nothing to do")
        }
    }
}

/// Something that ends.
private struct EndingThing {
    private let thing: JSONValue
    private let now: Int64

    init(_ thing: JSONValue, now: Int64) {
        (self.thing, self.now) = (thing, now)
    }

    private var ends: Int64 { thing["ends"]?.number ?? 0 }

    var urgency: Urgency {
        if thing["handled"]?.isTrue == true { return .handled }
        return switch TimeMarkup.days(until: ends, from: now) {
        case ..<0: .ended
        case ..<7: .week
        case ..<30: .month
        default: .later
        }
    }

    var row: [HTML] {
        let kind = ExpiringPage.name(thing["kind"]?.text ?? "")
        let name = thing["name"]?.text ?? ""
        let left =
            urgency == .handled
            ? Badge.plain("handled") : TimeMarkup.left(until: ends, from: now)
        return [
            "<bdi>\(name)</bdi><br><span class=\"soft small\">\(kind)</span>",
            "\(TimeMarkup.day(ends)) \(left)",
            owner,
            HTML(sentence: thing["remedy"]?.text ?? ""),
        ]
    }

    private var owner: HTML {
        if let client = thing["client_id"]?.text {
            let others = (thing["clients"]?.number ?? 1) - 1
            let name = thing["client_name"]?.text ?? client
            return """
                <a href="\(ClientPage.address(client))"><bdi>\(name)</bdi></a>\
                \(others > 0 ? " and \(others) more" as HTML : nil)
                """
        }
        let sets = thing["trust_set"]?.text.map { [$0] } ?? thing["trust_sets"]?.list ?? []
        if !sets.isEmpty {
            return sets.map { "<a href=\"\(TrustSetPages.address($0))\">\($0)</a>" as HTML }
                .joined(", ")
        }
        if thing["kid"]?.text != nil {
            return "<a href=\"\(Section.keys.address)\">Keys (\(thing["key_kind"]?.text ?? ""))</a>"
        }
        let names = thing["server_names"]?.list ?? []
        let listeners = (thing["listeners"]?.list ?? []).joined(separator: ", ")
        return names.isEmpty
            ? "Listeners \(listeners)"
            : "Listeners \(listeners), for \(names.joined(separator: ", "))"
    }
}
