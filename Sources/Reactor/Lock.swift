// SPDX-License-Identifier: Apache-2.0
internal import CLinux

/// State that several threads share, reached only while its lock is held.
///
/// Backed by a pthread mutex on the heap rather than `Synchronization.Mutex`, which ThreadSanitizer
/// reports falsely.
@safe public final class Lock<State>: Sendable {
    // SAFETY: the pointer never changes; the state is touched only between acquire and release.
    nonisolated(unsafe) private let lock: OpaquePointer
    nonisolated(unsafe) private var state: State

    /// Takes over the initial state; nothing outside may still reach it.
    public init(_ state: sending State) {
        unsafe lock = handfast_lock_new()
        unsafe self.state = state
    }

    deinit {
        unsafe handfast_lock_free(lock)
    }

    /// Runs `body` while the lock is held.
    ///
    /// Must not be nested on one lock.
    public func withLock<Result, Failure: Error>(
        _ body: (inout State) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        unsafe handfast_lock_acquire(lock)
        defer { unsafe handfast_lock_release(lock) }
        return try unsafe body(&state)
    }

    /// Runs `body` under the lock again after every signal until it returns a value.
    public func wait<Result>(until body: (inout State) -> Result?) -> Result {
        unsafe handfast_lock_acquire(lock)
        defer { unsafe handfast_lock_release(lock) }
        while true {
            if let result = unsafe body(&state) { return result }
            unsafe handfast_lock_wait(lock, -1)
        }
    }

    /// As `wait(until:)`, but gives up with nil after `milliseconds`.
    public func wait<Result>(milliseconds: Int, until body: (inout State) -> Result?) -> Result? {
        let end = Clock.milliseconds + UInt64(milliseconds)
        // SAFETY: as above; the lock is held whenever the state is touched.
        unsafe handfast_lock_acquire(lock)
        defer { unsafe handfast_lock_release(lock) }
        while true {
            if let result = unsafe body(&state) { return result }
            let now = Clock.milliseconds
            guard now < end else { return nil }
            unsafe handfast_lock_wait(lock, Int32(end - now))
        }
    }

    /// Wakes one waiting thread, or all.
    public func signal(all: Bool = false) {
        unsafe handfast_lock_signal(lock, all ? 1 : 0)
    }
}

extension Lock {
    /// Takes all that has gathered and leaves nothing.
    public func takeAll<Element>() -> [Element] where State == [Element] {
        withLock { gathered in
            let all = gathered
            if !all.isEmpty { gathered = [] }
            return all
        }
    }
}
