// SPDX-License-Identifier: Apache-2.0
/// When the next operation starts.
enum Pace: Codable, Equatable, Sendable {
    /// Each connection starts the next operation when the last one is answered.
    case closed
    /// So many operations a second, whether the server keeps up or not.
    case open(rate: Double)
    /// The same with a rate that changes; the ramp begins when the warm-up ends.
    case ramp(RateRamp)
    /// Each connection carries one operation, so many of them at once, and then stays open.
    case once(atOnce: Int)

    /// The arrivals of an open loop; nil for a closed one.
    var arrivals: RateRamp? {
        switch self {
        case .open(let rate): RateRamp(constant: rate)
        case .ramp(let ramp): ramp
        case .closed, .once: nil
        }
    }

    /// The part of it that one of `count` generators offers.
    func divided(by count: Int) -> Pace {
        switch self {
        case .open(let rate): .open(rate: rate / Double(count))
        case .ramp(let ramp): .ramp(ramp.divided(by: count))
        case .closed, .once: self
        }
    }
}

/// Everything that one load run needs; the same for all its threads.
struct LoadPlan: Codable, Sendable {
    var target: Target
    var endpoint: Endpoint
    var version: TLSVersion?
    /// The only group that clients offer; nil for those of OpenSSL's defaults.
    var group: KeyExchangeGroup?
    var trust = ServerTrust.anything
    /// Connections take them in turn; none for a server that wants no client certificate.
    var identities: [Identity]
    /// One form for each identity, or one for all.
    var bodies: [String]
    /// The text that the answer must contain besides status 200.
    var expected = "access_token"
    var mix: Mix
    /// Refresh tokens in place of the forms; nil for the forms.
    var rotation: Rotation?
    var pace = Pace.closed
    var connections = 32
    /// Threads of one process.
    var threads = 1
    /// Seconds before the measurement starts, and of the measurement.
    var warmUp = 0.2
    var duration = 1.0
    /// The processor that the first load thread is bound to; nil leaves that to the system.
    var processor: Int?
    /// Processes whose CPU time is the server's.
    var serverProcesses: [Int32] = []

    /// The part of the plan that one of `threads` threads carries out.
    func share(of thread: Int) -> LoadPlan {
        var part = share(of: thread, among: threads)
        part.processor = processor.map { $0 + thread }
        return part
    }

    /// The part that one of `count` processes carries out, with as many threads as the plan has.
    func share(ofProcess process: Int, among count: Int) -> LoadPlan {
        var part = share(of: process, among: count)
        part.processor = processor.map { $0 + process * threads }
        return part
    }

    private func share(of index: Int, among count: Int) -> LoadPlan {
        var part = self
        let (each, extra) = connections.quotientAndRemainder(dividingBy: count)
        part.connections = max(1, each + (index < extra ? 1 : 0))
        part.pace = pace.divided(by: count)
        // One reader of the server's clock is enough.
        if index > 0 { part.serverProcesses = [] }
        part.rotation = rotation?.share(of: index, among: count)
        if count > 1, identities.count >= count {
            let chosen = identities.indices.filter { $0 % count == index }
            part.identities = chosen.map { identities[$0] }
            if bodies.count == identities.count { part.bodies = chosen.map { bodies[$0] } }
        }
        return part
    }
}
