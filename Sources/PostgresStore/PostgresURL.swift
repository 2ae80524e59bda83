// SPDX-License-Identifier: Apache-2.0
internal import CPostgres
package import Storage
internal import Text

/// The address of a store in PostgreSQL: `postgresql://[user@]host[:port][,…]/database[?option=…]`,
/// as libpq reads it (PostgreSQL's manual, "Connection URIs").
///
/// The password stays in here: no message has it.
package struct PostgresURL: Sendable, Equatable {
    /// The address without a password, for messages and for `check --verbose`.
    package let description: String
    /// Whether it has a password, which other users of the machine may read where it stands.
    package let hasPassword: Bool
    /// Whether a host beyond this machine may be spoken to without proof that it is the one.
    package let isUnproven: Bool
    /// Keywords of libpq with their values.
    typealias Target = [(keyword: String, value: String)]
    let parameters: Target
    /// Whether it says which servers will do (`target_session_attrs`).
    private let saysSessions: Bool
    /// The same for each host by itself.
    let targets: [Target]

    /// Whether `text` begins as one.
    package static func isOne(_ text: String) -> Bool {
        text.hasPrefix("postgresql://") || text.hasPrefix("postgres://")
    }

    /// Reads `text`; `.invalid` with the reason where it is no such address.
    package init(_ text: String) throws(StoreError) {
        guard Self.isOne(text) else {
            throw StoreError(.invalid, "a store's address begins with postgresql://")
        }
        let found: [(keyword: String, value: String)]
        do throws(PostgresError) {
            found = try PostgresLibrary.installed().options(of: text)
        } catch {
            throw StoreError(
                error.origin == .library ? .unavailable : .invalid,
                error.origin == .library
                    ? error.message : "the store's address cannot be read (\(error.message))"
            )
        }
        // Start-up options are refused by poolers, and could change what statements mean.
        if let refused = found.first(where: { Self.refused.contains($0.keyword) }) {
            throw StoreError(.invalid, "a store's address cannot have `\(refused.keyword)`")
        }
        guard Self.isSplitWell(found) else {
            // Its parts may be those of a password, and stay unsaid.
            throw StoreError(
                .invalid,
                "the store's address cannot be taken apart: in a password or a name, the characters"
                    + " @ / : ? # % are written as % and two hexadecimal digits"
            )
        }
        try Self.requireKnownChoices(found)
        guard found.contains(where: { $0.keyword == "dbname" && !$0.value.isEmpty }) else {
            throw StoreError(.invalid, "the store's address names no database")
        }
        hasPassword = found.contains { ["password", "sslpassword"].contains($0.keyword) }
        let hosts = Self.value("host", found) ?? Self.value("hostaddr", found) ?? ""
        saysSessions = found.contains { $0.keyword == "target_session_attrs" }
        isUnproven =
            Self.value("sslmode", found) != "verify-full"
            && hosts.split(separator: ",").contains { !Self.isLocal($0) }
        description = Self.describe(found, hosts)
        var parameters = found
        for (keyword, value) in Self.defaults
        where !parameters.contains(where: { $0.keyword == keyword }) {
            parameters.append((keyword, value))
        }
        self.parameters = parameters
        targets = Self.targets(parameters)
    }

    private static func requireKnownChoices(_ found: Target) throws(StoreError) {
        for (keyword, known) in choices {
            guard let value = value(keyword, found), !known.contains(value) else { continue }
            throw StoreError(
                .invalid,
                "the store's address has another `\(keyword)` than "
                    + known.joined(separator: ", ")
            )
        }
    }

    /// Whether no part has what only an unescaped password can have brought there.
    private static func isSplitWell(_ found: Target) -> Bool {
        found.allSatisfy { keyword, value in
            switch keyword {
            case "port": value.utf8.allSatisfy { $0.isDigit || $0 == UInt8(ascii: ",") }
            case "host", "hostaddr":
                value.split(separator: ",").allSatisfy { !$0.dropFirst().contains("@") }
            case "dbname", "user": !value.contains { "@/:?#".contains($0) }
            default: true
            }
        }
    }

    /// A socket, or a loopback address.
    private static func isLocal(_ host: Substring) -> Bool {
        host.hasPrefix("/") || host.hasPrefix("@") || host.hasPrefix("127.")
            || ["localhost", "::1"].contains(host)
    }

    /// The parameters with one host each: hosts, addresses and ports stand in lists of commas, and
    /// one port is that of all hosts.
    private static func targets(_ parameters: Target) -> [Target] {
        let listed = ["host", "hostaddr", "port"]
        var lists: [String: [String]] = [:]
        for (keyword, value) in parameters where listed.contains(keyword) {
            lists[keyword] = value.split(separator: ",", omittingEmptySubsequences: false)
                .map(String.init)
        }
        let count = max(lists["host"]?.count ?? 1, lists["hostaddr"]?.count ?? 1)
        return (0..<count).map { index in
            parameters.compactMap { keyword, value in
                guard let list = lists[keyword] else { return (keyword, value) }
                let own = list.count == 1 ? list[0] : index < list.count ? list[index] : ""
                return own.isEmpty ? nil : (keyword, own)
            }
        }
    }

    /// As `targets`, for a node that only reads: of any host that answers, unless the address says
    /// otherwise.
    var targetsOfReader: [Target] {
        targets.map { target in
            guard !saysSessions else { return target }
            return target.filter { $0.keyword != "target_session_attrs" }
        }
    }

    /// Equal where libpq would do the same.
    package static func == (one: PostgresURL, other: PostgresURL) -> Bool {
        one.parameters.elementsEqual(other.parameters, by: ==)
    }

    private static let refused: Set = ["options", "replication", "service", "client_encoding"]

    /// Values that libpq looks at as it connects, where a mistake looks like a database that is
    /// away.
    private static let choices: [(keyword: String, known: [String])] = [
        ("sslmode", ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]),
        (
            "target_session_attrs",
            ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"]
        ),
    ]

    private static let defaults = [
        ("application_name", "handfast"), ("gssencmode", "disable"), ("client_encoding", "UTF8"),
        // The first host that takes writes, so that a promoted standby is found.
        ("target_session_attrs", "read-write"),
    ]

    private static func value(
        _ keyword: String,
        _ found: [(keyword: String, value: String)]
    ) -> String? {
        found.first { $0.keyword == keyword }?.value
    }

    private static func describe(
        _ found: [(keyword: String, value: String)],
        _ hosts: String
    ) -> String {
        let user = value("user", found).map { $0 + "@" } ?? ""
        let ports = (value("port", found) ?? "").split(
            separator: ",",
            omittingEmptySubsequences: false
        )
        let places = hosts.split(separator: ",").enumerated().map { index, host in
            let port = ports.count == 1 ? ports[0] : index < ports.count ? ports[index] : ""
            return host + (port.isEmpty ? "" : ":" + port)
        }
        return
            "postgresql://\(user)\(places.joined(separator: ","))/\(value("dbname", found) ?? "")"
    }
}

extension PostgresLibrary {
    /// The keywords and values of a URI; throws with libpq's words, which have no password in them
    /// for the URIs that it can take apart.
    func options(of url: String) throws(PostgresError) -> [(keyword: String, value: String)] {
        var problem: UnsafeMutablePointer<CChar>?
        // SAFETY: both are freed below; the list ends with an option without keyword.
        guard let options = unsafe table.pointee.parse_url(url, &problem) else {
            unsafe table.pointee.free_memory(problem)
            throw PostgresError(origin: .value, message: "it is no connection URI of PostgreSQL")
        }
        defer { unsafe table.pointee.free_options(options) }
        var found: [(keyword: String, value: String)] = []
        var next = unsafe options
        while let keyword = unsafe next.pointee.keyword {
            if let value = unsafe next.pointee.val {
                unsafe found.append((String(cString: keyword), String(cString: value)))
            }
            unsafe next += 1
        }
        return found
    }
}
