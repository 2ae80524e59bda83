// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Reactor
internal import Serving
internal import Snapshots
internal import Storage
internal import TLS

/// The ticket keys of the listeners, and when others take their place.
///
/// Those of one process are random. Those of nodes that share a store follow from its secret, the
/// time of day, and the listener with its trust policy, so that any node resumes any session.
struct TicketKeySchedule {
    /// The keys of each listener, in their order.
    private(set) var keys: [TicketKeys]
    private var settings: TLSSettings
    private var policies: [Digest256]
    private var source: Source

    /// A moment of both clocks.
    struct Moment {
        /// Epoch seconds.
        let wall: Int64
        /// Milliseconds of the monotonic clock.
        let steady: UInt64

        /// Now, with the time of day by `clock`.
        static func by(_ clock: WallClock) -> Moment {
            Moment(wall: clock.seconds, steady: Clock.milliseconds)
        }
    }

    private enum Source {
        /// Replaced at that many milliseconds of the monotonic clock.
        case random(TicketKeys, endsAt: UInt64)
        /// The number of the period by the wall clock, which all nodes have.
        case shared(secret: [UInt8], period: Int64)
    }

    /// Keys for listeners with these policies; without a `secret` that nodes share, random ones of
    /// this process.
    init(
        _ secret: [UInt8]?,
        _ policies: [Digest256],
        _ settings: TLSSettings,
        _ now: Moment
    ) throws(CryptographyError) {
        (self.policies, self.settings) = (policies, settings)
        if let secret {
            source = .shared(secret: secret, period: settings.ticketPeriod(at: now.wall))
        } else {
            source = .random(try TicketKeys(), endsAt: now.steady + settings.ticketKeyRotation)
        }
        keys = []
        try derive()
    }

    /// Takes over other settings of the same listeners, from which shared keys follow; changes
    /// nothing where it throws.
    mutating func adopt(
        _ policies: [Digest256],
        _ settings: TLSSettings,
        now: Moment
    ) throws(CryptographyError) {
        var next = self
        (next.policies, next.settings) = (policies, settings)
        if case .shared(let secret, _) = source {
            next.source = .shared(secret: secret, period: settings.ticketPeriod(at: now.wall))
        }
        try next.derive()
        self = next
    }

    /// Replaces the keys where their time is over; whether it was.
    ///
    /// By the wall clock, where nodes share them, whichever way that was set. After an error the
    /// keys stay until their next time.
    mutating func renew(now: Moment) throws(CryptographyError) -> Bool {
        switch source {
        case .random(let keys, let end):
            guard now.steady >= end else { return false }
            let next = now.steady + settings.ticketKeyRotation
            source = .random(keys, endsAt: next)
            source = .random(try keys.rotated(keeping: settings.ticketKeysKept), endsAt: next)
        case .shared(let secret, let period):
            let current = settings.ticketPeriod(at: now.wall)
            guard current != period else { return false }
            source = .shared(secret: secret, period: current)
        }
        try derive()
        return true
    }

    private mutating func derive() throws(CryptographyError) {
        var derived: [TicketKeys] = []
        for policy in policies {
            switch source {
            case .random(let keys, _): derived.append(keys)
            case .shared(let secret, let period):
                derived.append(
                    try TicketKeys(
                        secret: secret,
                        policy: policy,
                        rotation: settings.ticketKeyRotationSeconds,
                        period: period,
                        keeping: settings.ticketKeysKept
                    )
                )
            }
        }
        keys = derived
    }
}

extension ReactorSettings {
    /// The digest of each listener's name and trust policy.
    var policies: [Digest256] { listeners.map(\.tls.sessionContext) }
}

extension Server {
    /// The secret that nodes derive ticket keys from; nil where they do not share sessions.
    static func ticketSecret(
        _ configuration: ServerConfiguration,
        _ store: DataStore,
        at time: Int64
    ) throws -> [UInt8]? {
        guard configuration.sharesSessions else { return nil }
        let name = "tickets"
        // Without it, sessions are resumed on this node alone until its next start.
        if store.isAway { return try? store.snapshot?.secret(name) }
        let secret =
            configuration.isReader
            ? try store.registrations.ticketSecret()
            : try store.registrations.ensureTicketSecret(by: .server, at: time)
        store.snapshot?.replaceSecrets(secret.map { [name: $0] } ?? [:])
        return secret
    }
}
