// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Logging

/// Trust sets that accept certificates for servers only, until a day, and what the log has said of
/// them.
struct ServerAuthPermissions {
    private struct Told {
        let end: Int64
        let at: Int64
        let hasEnded: Bool
    }

    /// When each permission ends, by the name of its trust set.
    private var ends: [String: Int64] = [:]
    private var told: [String: Told] = [:]

    /// Takes over the permissions as they are now.
    mutating func use(_ ends: [String: Int64]) {
        self.ends = ends
    }

    /// Warns of each permission at once when it is new or another one, and once a day while it is
    /// in force; says once that it is over.
    ///
    /// `clients` counts those of a set; it is asked for where there is something to tell.
    mutating func tell(now: Int64, clients: (String) -> Int?, log: Logger) {
        for (name, last) in told where ends[name] == nil {
            told[name] = nil
            if !last.hasEnded { tellOfEnd(name, last.end, clients, log) }
        }
        for (name, end) in ends {
            let hasEnded = now >= end
            if let last = told[name], last.end == end, last.hasEnded == hasEnded,
                hasEnded || (last.at...last.at + CertificateDates.secondsOfDay - 1).contains(now)
            {
                continue
            }
            told[name] = Told(end: end, at: now, hasEnded: hasEnded)
            guard !hasEnded else {
                tellOfEnd(name, end, clients, log)
                continue
            }
            var metadata = Self.metadata(name, end, clients)
            metadata["days_left"] = "\(ServerAuthPermission.daysLeft(to: end, now: now))"
            log.warning(
                "a trust set accepts certificates for servers only as those of clients",
                metadata: metadata
            )
        }
    }

    private func tellOfEnd(
        _ name: String,
        _ end: Int64,
        _ clients: (String) -> Int?,
        _ log: Logger
    ) {
        log.warning(
            "a trust set accepts certificates for servers only no longer",
            metadata: Self.metadata(name, end, clients)
        )
    }

    private static func metadata(
        _ name: String,
        _ end: Int64,
        _ clients: (String) -> Int?
    ) -> Logger.Metadata {
        [
            "trust_set": "\(name)", "until": "\(ServerAuthPermission.day(of: end))",
            "clients": clients(name).map { "\($0)" } ?? "unknown",
        ]
    }
}
