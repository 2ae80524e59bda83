// SPDX-License-Identifier: Apache-2.0
/// Threads for password hashing.
package struct WorkerSettings: Sendable, Equatable {
    /// At least 1.
    package var threads: Int
    /// 0 stands for one per core, and is what holds where configuration says nothing.
    ///
    /// A password hash takes a whole core and tens of megabytes; more threads than any machine has
    /// cores only cost memory.
    package static let threadsRange = 0...256

    /// Jobs that wait; the next one is refused.
    ///
    /// At 50 ms for a password hash on one core, 64 jobs are about 3 s of waiting; then 503 is the
    /// better answer.
    package var queue = 64
    package static let queueRange = 1...65_536

    package init(threads: Int) {
        self.threads = threads
    }
}
