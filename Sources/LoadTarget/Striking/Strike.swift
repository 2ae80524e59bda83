// SPDX-License-Identifier: Apache-2.0
/// The faults that one handshake or one request meets: a delay, another fault, or both.
package struct Strike: Sendable, Equatable {
    /// How long the answer, or the handshake, is held back; the sum of all delays that strike.
    package internal(set) var delayMilliseconds = 0
    /// The kind of the delay: `delay` or `slow_handshake`; nil where none strikes.
    package internal(set) var delayKind: FaultKind?
    /// The other fault, which is made at its own stage; nil where none strikes.
    package internal(set) var fault: Fault?
    /// Seconds until a client that has used up a `rate_limit` has requests again; else 0.
    package internal(set) var retryAfterSeconds = 0

    /// The fault for the list of calls: the other one, and the delay where it is alone.
    package var kind: FaultKind? { fault?.kind ?? delayKind }

    /// The fault where this is its stage.
    package func fault(at stage: FaultStage) -> Fault? {
        if let fault, fault.stage == stage { fault } else { nil }
    }

    var isNothing: Bool { fault == nil && delayKind == nil }

    mutating func delay(_ milliseconds: Int, _ kind: FaultKind) {
        // Many rules together hold a call no longer than one may.
        let longest = FaultBounds.milliseconds.upperBound
        delayMilliseconds = min(delayMilliseconds + milliseconds, longest)
        delayKind = kind
    }
}
