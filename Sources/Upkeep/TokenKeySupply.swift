// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import Reactor
internal import Registration
internal import Storage

/// Has a worker make the keys of tokens that a client needs and the store lacks, and the successors
/// of those that have served their time.
///
/// Whether they are still to be made is judged by the transaction that writes them. New keys come
/// back as every change of the store does.
final class TokenKeySupply {
    /// Hands a job to a worker; false where none takes it.
    typealias Submit = (@escaping @Sendable () -> Void) -> Bool

    private let submit: Submit
    private let store: any RegistrationStore
    private let clock: WallClock
    private let log: Logger
    private let wake: @Sendable () -> Void
    private let state = Lock(State())
    private var begunAt: UInt64?

    private struct State {
        var isUnderWay = false
        var hasFailed = false
    }

    /// The time between two jobs, in milliseconds: the keys of one have mostly been read by then.
    private static let pause: UInt64 = 1_000
    /// The same after a failure: a store that cannot be written is not asked in vain all the time.
    private static let pauseAfterFailure: UInt64 = 30_000

    init(
        workers submit: @escaping Submit,
        store: any RegistrationStore,
        clock: WallClock,
        log: Logger,
        wake: @escaping @Sendable () -> Void
    ) {
        self.submit = submit
        self.store = store
        self.clock = clock
        self.log = log
        self.wake = wake
    }

    /// Has a worker make what is due, unless one is at it; whether a key is missing.
    ///
    /// `kinds` are those that are needed, `records` the keys as they were read last. Without a
    /// schedule no successors are made.
    func runDue(
        _ kinds: Set<TokenKeyKind>,
        _ records: [KeyRecord],
        schedule: TokenKeySchedule?,
        now: UInt64
    ) -> Bool {
        let seconds = clock.seconds
        // The start of a server makes those that every server has.
        let missing = kinds.subtracting(TokenKeyKind.ofEveryServer).filter { kind in
            !records.contains { $0.kind == kind.stored && !$0.hasEnded(by: seconds) }
        }
        let ageing = kinds.filter { kind in
            schedule?.successor(of: kind, among: records, now: seconds) != nil
        }
        guard !missing.isEmpty || !ageing.isEmpty, isDue(now) else { return !missing.isEmpty }
        state.withLock { $0.isUnderWay = true }
        let isTaken = submit { [store, clock, log, wake, state] in
            let isMade = Self.make(
                missing,
                ageing,
                schedule,
                in: store,
                at: clock.seconds,
                log: log
            )
            state.withLock { $0 = State(hasFailed: !isMade) }
            wake()
        }
        if isTaken { begunAt = now } else { state.withLock { $0.isUnderWay = false } }
        return !missing.isEmpty
    }

    private func isDue(_ now: UInt64) -> Bool {
        let state = state.withLock { $0 }
        guard !state.isUnderWay else { return false }
        guard let begunAt else { return true }
        return now >= begunAt + (state.hasFailed ? Self.pauseAfterFailure : Self.pause)
    }

    private static func make(
        _ missing: Set<TokenKeyKind>,
        _ ageing: Set<TokenKeyKind>,
        _ schedule: TokenKeySchedule?,
        in store: any RegistrationStore,
        at now: Int64,
        log: Logger
    ) -> Bool {
        do {
            try TokenKeyRotation.ensureKeys(of: missing, in: store, by: .server, at: now)
            if let schedule {
                try TokenKeyRotation.rotateDue(
                    ageing,
                    by: schedule,
                    in: store,
                    by: .server,
                    at: now
                )
            }
            return true
        } catch {
            log.error(
                "a key of tokens could not be made",
                metadata: ["reason": "\(StoreError.sentence(of: error))"]
            )
            return false
        }
    }
}
