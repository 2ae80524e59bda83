// SPDX-License-Identifier: Apache-2.0
internal import LoadTarget
internal import OAuth

/// One token request at a load target, from the moment at which its client is known.
///
/// An object, so that an exchange of any other server has one word for it.
final class TargetCall {
    /// The client's calls; those of strangers for one that is not registered.
    let client: ClientCalls
    /// The client's name for the list of calls.
    let clientID: String
    /// The faults that the request meets; nil for none.
    let strike: Strike?
    /// The change of its token.
    let alteration: TokenAlteration
    /// The answer; a token unless something else is said.
    var answer = CallRecord.Answer.token
    /// The service times of its reactor.
    private let times: ServiceTimes
    /// Whether it has its answer, and is counted.
    var isEnded = false

    /// The fault that was made: one of a token needs a token.
    var madeFault: FaultKind? {
        let isOfToken = strike?.fault(at: .token) != nil
        return isOfToken && answer != .token ? strike?.delayKind : strike?.kind
    }

    /// Records the time from its first byte to its answer.
    func record(nanoseconds: Int) {
        times.record(nanoseconds: nanoseconds)
    }

    init(
        _ client: ClientCalls,
        named clientID: String,
        _ strike: Strike?,
        _ alteration: TokenAlteration,
        _ times: ServiceTimes
    ) {
        self.times = times
        self.client = client
        self.clientID = clientID
        self.strike = strike
        self.alteration = alteration
    }
}
