// SPDX-License-Identifier: Apache-2.0
/// When the next operation starts.
enum Pace: Equatable, Sendable {
    /// Each connection starts the next operation when the last one is answered.
    case closed
    /// So many operations a second, whether the server keeps up or not.
    case open(rate: Double)
    /// Each connection carries one operation, so many of them at once, and then stays open.
    case once(atOnce: Int)
}

/// Everything that one load run needs; the same for all its threads.
struct LoadPlan: Sendable {
    var target: Target
    var endpoint: Endpoint
    var version: TLSVersion?
    var trust = ServerTrust.anything
    /// Connections take them in turn; none for a server that wants no client certificate.
    var identities: [Identity]
    /// One form for each identity, or one for all.
    var bodies: [String]
    /// The text that the answer must contain besides status 200.
    var expected = "access_token"
    var mix: Mix
    var pace = Pace.closed
    var connections = 32
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
        var part = self
        let (each, extra) = connections.quotientAndRemainder(dividingBy: threads)
        part.connections = max(1, each + (thread < extra ? 1 : 0))
        part.processor = processor.map { $0 + thread }
        if case .open(let rate) = pace { part.pace = .open(rate: rate / Double(threads)) }
        if thread > 0 { part.serverProcesses = [] }
        if threads > 1, identities.count >= threads {
            let chosen = identities.indices.filter { $0 % threads == thread }
            part.identities = chosen.map { identities[$0] }
            if bodies.count == identities.count { part.bodies = chosen.map { bodies[$0] } }
        }
        return part
    }
}
