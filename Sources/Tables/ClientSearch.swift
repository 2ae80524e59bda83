// SPDX-License-Identifier: Apache-2.0
package import Storage

extension StoreTransaction {
    /// Linear in the clients where few of them are meant: a narrow row each (`schemaVersion10`).
    package func clients(matching query: ClientQuery) throws(StoreError) -> [FoundClient] {
        let search = ClientSearch(query, database.dialect)
        return try attempt { database in
            try database.all(search.sql, search.arguments) { row in
                try FoundClient(
                    summary: ClientSummary(
                        clientID: row[0],
                        name: row[1],
                        authenticationMethod: row[2],
                        enabled: row[3]
                    ),
                    labels: StoredLabels.labels(row[4]),
                    certificateCount: row[5],
                    firstEnd: row[6]
                )
            }
        }
    }
}

/// A `ClientQuery` as a statement.
struct ClientSearch {
    private(set) var sql: String
    private(set) var arguments: [any SQLBindable] = []

    private let dialect: SQLDialect

    init(_ query: ClientQuery, _ dialect: SQLDialect) {
        self.dialect = dialect
        let (order, tables) = Self.tables(query, dialect)
        sql = """
            SELECT s.client_id, c.name, s.method, s.enabled, c.labels, s.certificates, s.first_end
            FROM \(tables) WHERE \(order).client_id > ?
            """
        // No client_id is empty, so all come after an empty one.
        arguments.append(query.after ?? "")
        if let label = query.label {
            add("l.name = ?", label.name)
            if let value = label.value { add("l.value = ?", value) }
        }
        if let name = query.trustSet { add("c.trust_set = ?", name) }
        if let method = query.method { add("s.method = ?", method) }
        if let enabled = query.enabled { add("s.enabled = ?", enabled) }
        if let end = query.expiresBefore { add("s.first_end < ?", end) }
        if let text = query.text, !text.isEmpty { addText(text) }
        sql += " ORDER BY \(order).client_id LIMIT ?"
        arguments.append(min(max(query.limit, 1), ClientQuery.limitMax + 1))
    }

    /// The tables, in the order that the join keeps: first the one that conditions are about,
    /// whose index has the order of pages.
    private static func tables(
        _ query: ClientQuery,
        _ dialect: SQLDialect
    ) -> (order: String, tables: String) {
        let join = dialect.orderedJoin
        let search = "client_search AS s", client = "client AS c"
        if query.label != nil {
            let labels = "client_label AS l \(join) \(search) ON s.client_id = l.client_id"
            return ("l", labels + " \(join) \(client) ON c.id = s.client")
        }
        if query.trustSet != nil {
            return ("c", "\(client) \(join) \(search) ON s.client_id = c.client_id")
        }
        return ("s", "\(search) \(join) \(client) ON c.id = s.client")
    }

    private mutating func add(_ condition: String, _ argument: any SQLBindable) {
        sql += " AND " + condition
        arguments.append(argument)
    }

    private mutating func addText(_ text: String) {
        sql += " AND (\(dialect.place)(s.text, lower(?)) > 0"
        arguments.append(text)
        for prefix in [ThumbprintPrefix(base64URL: text), ThumbprintPrefix(hexadecimal: text)] {
            guard let prefix else { continue }
            sql += """
                 OR s.client IN
                (SELECT client FROM client_certificate WHERE thumbprint >= ? AND thumbprint <= ?)
                """
            arguments += [prefix.first, prefix.last]
        }
        sql += ")"
    }
}

/// The first and the last thumbprint that begin with a text.
struct ThumbprintPrefix: Equatable {
    let first: [UInt8]
    let last: [UInt8]

    private static let bytes = 32

    /// Shorter ones would be the beginning of words that are searched for.
    private static let base64CharactersMin = 6
    private static let digitsMin = 8

    /// Base64url without padding, six bits a character.
    init?(base64URL text: String) {
        let values = text.utf8.map { byte -> UInt8? in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
            case UInt8(ascii: "-"): 62
            case UInt8(ascii: "_"): 63
            default: nil
            }
        }
        self.init(values, bitsEach: 6, countMin: Self.base64CharactersMin)
    }

    /// Hexadecimal digits of either case, with or without colons.
    init?(hexadecimal text: String) {
        let values = text.utf8.filter { $0 != UInt8(ascii: ":") }.map { byte -> UInt8? in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
            default: nil
            }
        }
        self.init(values, bitsEach: 4, countMin: Self.digitsMin)
    }

    private init?(_ values: [UInt8?], bitsEach: Int, countMin: Int) {
        // The last character of base64url has two bits more than the bytes.
        let countMax = (8 * Self.bytes + bitsEach - 1) / bitsEach
        guard (countMin...countMax).contains(values.count), !values.contains(nil) else {
            return nil
        }
        var (first, last) = (
            [UInt8](repeating: 0, count: Self.bytes), [UInt8](repeating: 0xff, count: Self.bytes)
        )
        for (index, value) in values.enumerated() {
            for bit in 0..<bitsEach {
                let place = index * bitsEach + bit
                guard place < 8 * Self.bytes else { break }
                let mask = UInt8(0x80) >> UInt8(place % 8)
                if (value ?? 0) >> UInt8(bitsEach - 1 - bit) & 1 == 1 {
                    first[place / 8] |= mask
                } else {
                    last[place / 8] &= ~mask
                }
            }
        }
        (self.first, self.last) = (first, last)
    }
}
