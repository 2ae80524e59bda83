// SPDX-License-Identifier: Apache-2.0
/// Divides a reactor's time between the ready connections and the work that waits behind them.
///
/// Token buckets of time: while ready connections take nanoseconds, each kind of waiting work earns
/// its part of them, and may go on while its bucket is above zero. A turn without ready connections
/// gives a little to each and takes nothing from the buckets: idle time is not rationed. Ready
/// means kept alive, or with an answer that another thread has made; the first request of a
/// connection counts as part of accepting it.
struct TurnBudget {
    /// The sorts of work that wait, the most urgent first.
    enum Work: Int, CaseIterable {
        /// Connections in the kernel's queue, and the ends of those that were abandoned in their
        /// handshake.
        case accepting
        /// A handshake whose peer has got our flight: one that only begins handshakes never comes
        /// here.
        case finishing
        /// A handshake before our flight, which costs us a key exchange and a signature, and the
        /// peer nothing.
        case beginning
        /// As the two before, of a source that has exceeded its share.
        case finishingOverShare
        case beginningOverShare
        /// More requests of a connection that has had its slice.
        case pipelined
    }

    private struct Bucket {
        /// The earned share: one part in so many of the time that ready connections took.
        let divisor: Int64
        private(set) var nanoseconds: Int64 = 0

        var isFilled: Bool { nanoseconds > 0 }

        init(oneIn divisor: Int64) { self.divisor = divisor }

        mutating func earn(from served: Int64) {
            nanoseconds = min(nanoseconds + served / divisor, TurnBudget.savedMax)
        }

        mutating func spend(_ spent: Int64) { nanoseconds -= spent }
    }

    /// Saved up while nothing waited, at most: two handshakes, so that a pause is no stall later.
    private static let savedMax: Int64 = 500_000
    /// The limit of one step that counts: a machine that was suspended must not owe for it.
    private static let stepMax: UInt64 = 1_000_000_000
    /// The time for handshakes and pipelined requests in a turn without ready connections, before
    /// the descriptors are polled again.
    private static let spareNanoseconds: Int64 = 250_000
    /// The same where no kept-alive connection has been ready for `quietAfter`: eight handshakes,
    /// so that their flights leave in a row and a look at the descriptors serves them all.
    private static let quietSpareNanoseconds: Int64 = 2_000_000
    private static let quietAfter: UInt64 = 50_000_000

    /// A handshake's every step: half of the time.
    private var handshakes = Bucket(oneIn: 1)
    /// First flights, sources over their share, and pipelined requests: a sixteenth each.
    ///
    /// With accepting, and with the kernel's part of it, a flood then takes a seventh.
    private var beginnings = Bucket(oneIn: 15)
    private var overShare = Bucket(oneIn: 15)
    private var pipelined = Bucket(oneIn: 15)
    private var accepts = Bucket(oneIn: 12)
    private var isContended = false
    /// When kept-alive connections were served last, in monotonic nanoseconds.
    private var contendedAt: UInt64 = 0
    private var spareForHandshakes: Int64 = 0
    private var spareForPipelined: Int64 = 0

    /// Earns time after a turn that served ready connections for so long; 0 where there were none.
    ///
    /// `now` is in monotonic nanoseconds.
    mutating func turn(served nanoseconds: UInt64, now: UInt64) {
        let served = Int64(min(nanoseconds, Self.stepMax))
        isContended = served > 0
        guard isContended else {
            let isQuiet = now > contendedAt + Self.quietAfter
            let spare = isQuiet ? Self.quietSpareNanoseconds : Self.spareNanoseconds
            spareForHandshakes = spare
            spareForPipelined = spare
            return
        }
        contendedAt = now
        handshakes.earn(from: served)
        beginnings.earn(from: served)
        overShare.earn(from: served)
        pipelined.earn(from: served)
        accepts.earn(from: served)
    }

    /// Whether work of this kind may go on in this turn.
    func allows(_ work: Work) -> Bool {
        guard isContended else {
            return switch work {
            case .accepting: true
            case .pipelined: spareForPipelined > 0
            default: spareForHandshakes > 0
            }
        }
        return switch work {
        case .accepting: accepts.isFilled
        case .finishing: handshakes.isFilled
        case .beginning: handshakes.isFilled && beginnings.isFilled
        case .finishingOverShare: handshakes.isFilled && overShare.isFilled
        case .beginningOverShare:
            handshakes.isFilled && beginnings.isFilled && overShare.isFilled
        case .pipelined: pipelined.isFilled
        }
    }

    /// Charges the time of work of this kind.
    mutating func spent(_ nanoseconds: UInt64, on work: Work) {
        let spent = Int64(min(nanoseconds, Self.stepMax))
        guard isContended else {
            switch work {
            case .accepting: break
            case .pipelined: spareForPipelined -= spent
            default: spareForHandshakes -= spent
            }
            return
        }
        switch work {
        case .accepting: return accepts.spend(spent)
        case .pipelined: return pipelined.spend(spent)
        default: handshakes.spend(spent)
        }
        if work == .beginning || work == .beginningOverShare { beginnings.spend(spent) }
        if work == .finishingOverShare || work == .beginningOverShare { overShare.spend(spent) }
    }
}
