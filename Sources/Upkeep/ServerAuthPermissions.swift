// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Logging

/// Trust sets that accept certificates with serverAuth alone until a day, and the warnings about
/// them.
struct ServerAuthPermissions {
    private struct Told {
        let end: Int64
        let at: Int64
        let hasEnded: Bool
    }

    /// A line for the log, still without the number of clients.
    struct Line: Sendable {
        /// The trust set.
        let name: String
        let end: Int64
        /// Days until its end; nil where it is over.
        let daysLeft: Int64?

        /// Logs the line; `clients` is nil where they could not be counted.
        func write(clients: Int?, to log: Logger) {
            var metadata: Logger.Metadata = [
                "trust_set": "\(name)", "until": "\(ServerAuthPermission.day(of: end))",
                "clients": clients.map { "\($0)" } ?? "unknown",
            ]
            guard let daysLeft else {
                log.warning(
                    "a trust set no longer accepts certificates for servers: the permission ended",
                    metadata: metadata
                )
                return
            }
            metadata["days_left"] = "\(daysLeft)"
            log.warning(
                "a trust set accepts certificates for servers, until its permission ends",
                metadata: metadata
            )
        }
    }

    /// When each permission ends, by the name of its trust set.
    private var ends: [String: Int64] = [:]
    private var told: [String: Told] = [:]

    /// Sets the permissions.
    mutating func update(_ ends: [String: Int64]) {
        self.ends = ends
    }

    /// Warns of each permission at once when it is new or another one, and once a day while it is
    /// in force; says once that it is over.
    mutating func due(now: Int64) -> [Line] {
        var lines: [Line] = []
        for (name, last) in told where ends[name] == nil {
            told[name] = nil
            if !last.hasEnded { lines.append(Line(name: name, end: last.end, daysLeft: nil)) }
        }
        for (name, end) in ends {
            let hasEnded = now >= end
            if let last = told[name], last.end == end, last.hasEnded == hasEnded,
                hasEnded || (last.at...last.at + CertificateDates.secondsOfDay - 1).contains(now)
            {
                continue
            }
            told[name] = Told(end: end, at: now, hasEnded: hasEnded)
            let daysLeft = ServerAuthPermission.daysLeft(to: end, now: now)
            lines.append(Line(name: name, end: end, daysLeft: hasEnded ? nil : daysLeft))
        }
        return lines
    }
}
