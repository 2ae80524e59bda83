// SPDX-License-Identifier: Apache-2.0
package import Synchronization

/// Numbers of one writer and any readers.
///
/// In a file of their own: counters and gauges both are such numbers.
extension Atomic<Int> {
    /// The number, at some moment around now.
    package var current: Int { load(ordering: .relaxed) }

    /// Adds to the number; by its one writer alone, so that no locked instruction is needed.
    package func add(_ amount: Int) {
        store(load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }

    /// Stores the number; by its one writer alone.
    package func set(_ number: Int) {
        store(number, ordering: .relaxed)
    }
}
