// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Logging
import Testing

@testable import Upkeep

@Suite struct `What the log says of certificates for servers` {
    // 2027-06-30T12:00:00Z
    private static let noon: Int64 = 1_814_313_600 + 43_200
    private static let end: Int64 = 1_814_400_000
    private static let day = CertificateDates.secondsOfDay

    /// The permissions, and what is said of them.
    private final class Watched {
        var permissions = ServerAuthPermissions()

        init(_ ends: [String: Int64] = [:]) { permissions.update(ends) }

        /// The lines logged at `now`, and how often clients were counted for them.
        func said(at now: Int64) -> (lines: [String], counted: Int) {
            let log = RecordedLog.Lines()
            var counted = 0
            for line in permissions.due(now: now) {
                counted += 1
                line.write(clients: line.name == "internal" ? 3 : nil, to: log.logger)
            }
            return (log.take().map(\.json), counted)
        }
    }

    @Test func `it is told at once, daily, and once more when it is over`() throws {
        let watched = Watched(["internal": Self.end])
        let start = Self.end - 3 * Self.day
        let first = watched.said(at: start)
        #expect(first.lines.count == 1 && first.counted == 1)
        for part in [
            #""level":"warning""#, "accepts certificates for servers, until its permission ends",
            #""trust_set":"internal""#, #""until":"2027-06-30""#, #""clients":"3""#,
            #""days_left":"3""#,
        ] {
            #expect(first.lines[0].contains(part), "\(part) in \(first.lines[0])")
        }
        for seconds in [0, 1, Self.day - 1] {
            let later = watched.said(at: start + seconds)
            #expect(later.lines.isEmpty && later.counted == 0)
        }
        #expect(watched.said(at: start + Self.day).lines.count == 1)
        #expect(watched.said(at: start + 2 * Self.day).lines.count == 1)
        #expect(watched.said(at: Self.end - 1).lines.isEmpty)
        let over = watched.said(at: Self.end)
        #expect(over.lines.count == 1 && over.lines[0].contains("no longer"))
        #expect(over.lines[0].contains(#""until":"2027-06-30""#))
        for seconds in [0, Self.day, 9 * Self.day] {
            #expect(watched.said(at: Self.end + seconds).lines.isEmpty)
        }
    }

    @Test func `what is changed or taken back is told`() throws {
        let watched = Watched()
        #expect(watched.said(at: Self.noon).lines.isEmpty)
        watched.permissions.update(["internal": Self.end, "other": Self.end])
        #expect(watched.said(at: Self.noon).lines.count == 2)
        watched.permissions.update(["internal": Self.end + Self.day, "other": Self.end])
        let changed = watched.said(at: Self.noon)
        #expect(changed.lines.count == 1 && changed.lines[0].contains("2027-07-01"))
        watched.permissions.update(["internal": Self.end + Self.day])
        let gone = watched.said(at: Self.noon)
        #expect(gone.lines.count == 1 && gone.lines[0].contains("no longer"))
        #expect(gone.lines[0].contains(#""trust_set":"other""#))
        #expect(gone.lines[0].contains(#""clients":"unknown""#))
        #expect(watched.said(at: Self.noon).lines.isEmpty)
    }

    @Test func `one that is over at the start is told once, and one taken back later is not`()
        throws
    {
        let watched = Watched(["internal": Self.end])
        #expect(watched.said(at: Self.end + Self.day).lines.count == 1)
        watched.permissions.update([:])
        #expect(watched.said(at: Self.end + Self.day).lines.isEmpty)
    }

    @Test func `a clock that goes back does not silence it`() throws {
        let watched = Watched(["internal": Self.end])
        #expect(watched.said(at: Self.end).lines.count == 1)
        let back = watched.said(at: Self.noon)
        #expect(back.lines.count == 1 && back.lines[0].contains("until its permission ends"))
        #expect(watched.said(at: Self.noon - 5 * Self.day).lines.count == 1)
    }
}
