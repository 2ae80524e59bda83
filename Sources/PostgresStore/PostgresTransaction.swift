// SPDX-License-Identifier: Apache-2.0
internal import Storage
internal import Tables

extension PostgresConnection: SQLDatabase {
    var dialect: SQLDialect {
        SQLDialect(
            orderedJoin: "JOIN",
            place: "strpos",
            larger: "greatest",
            smaller: "least",
            lock: " FOR UPDATE"
        )
    }

    func run(_ sql: String, _ arguments: [any SQLBindable]) throws -> any SQLRows {
        try query(Self.numbered(sql), arguments.map(\.sqlValue))
    }

    /// The statement with `$1`, `$2`, … for `?` and `?1`, `?2`.
    static func numbered(_ sql: String) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(sql.utf8.count + 16)
        var next = 1
        var isAfterMark = false
        for byte in sql.utf8 {
            let isDigit = UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
            if isAfterMark && !isDigit {
                text += "\(next)".utf8
                next += 1
            }
            isAfterMark = byte == UInt8(ascii: "?")
            text.append(isAfterMark ? UInt8(ascii: "$") : byte)
        }
        if isAfterMark { text += "\(next)".utf8 }
        return String(decoding: text, as: UTF8.self)
    }
}

extension PostgresConnection {
    /// Runs `body`, and commits; rolls back where it throws.
    ///
    /// An error of the commit itself after which nothing is known comes as `UnknownCommitError`.
    func finishing<Value>(
        commitMilliseconds: Int? = nil,
        _ body: () throws -> Value
    ) throws -> Value {
        let value: Value
        do {
            value = try body()
        } catch {
            if !hasEnded { try? script("ROLLBACK") }
            throw error
        }
        do throws(PostgresError) {
            try script("COMMIT", milliseconds: commitMilliseconds)
        } catch {
            // A server that is ended answers so too, whatever became of the commit.
            guard error.endsConnection, error.state != "25006" else {
                if !hasEnded, isInTransaction { try? script("ROLLBACK") }
                throw error
            }
            throw UnknownCommitError(cause: error)
        }
        return value
    }
}

/// The connection ended during the commit.
struct UnknownCommitError: Error {
    let cause: PostgresError
}
