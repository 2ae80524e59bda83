internal import Synchronization

/// A reactor's own numbers, read by others at any time.
final class Counters: Sendable {
    let connections = Atomic<Int>(0)
    let handshakes = Atomic<Int>(0)
    let resumptions = Atomic<Int>(0)
    let requests = Atomic<Int>(0)
    let tokens = Atomic<Int>(0)
    let refusals = Atomic<Int>(0)
}

extension Atomic<Int> {
    /// One writer only: no locked instruction is needed.
    func add(_ amount: Int) {
        store(load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }
}
