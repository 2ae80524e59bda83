// SPDX-License-Identifier: Apache-2.0
internal import CLinux

/// A thread of the operating system.
///
/// Its body may build values that are not Sendable; they never leave it.
public final class Thread: Sendable {
    private let handle: UInt64

    private init(handle: UInt64) {
        self.handle = handle
    }

    /// 1 MiB is far more than a reactor's deepest call, and the default of 8 MiB would be reserved
    /// for each.
    private static let stackBytes = 1 << 20

    /// Starts `body` on a new thread named `name` (15 characters at most are shown).
    public static func start(
        _ name: String,
        _ body: sending @escaping () -> Void
    ) throws(SystemError) -> Thread {
        // SAFETY: the work is retained until the new thread takes it, or released here when there
        // is none.
        let work = unsafe Unmanaged.passRetained(Work(name: name, body: body))
        var handle: UInt64 = 0
        let status = unsafe handfast_thread_start(&handle, stackBytes, runWork, work.toOpaque())
        guard status == 0 else {
            unsafe work.release()
            throw SystemError("starting a thread", code: status)
        }
        return Thread(handle: handle)
    }

    /// Lets the other threads go first; for work that may take its time.
    static func yieldToOthers() {
        handfast_yield_to_others()
    }

    /// Waits until the thread's body has returned.
    ///
    /// Once only.
    public func join() {
        handfast_thread_join(handle)
    }

    /// Lets the thread end by itself, in place of `join`.
    public func detach() {
        handfast_thread_detach(handle)
    }
}

private final class Work {
    let name: String
    let body: () -> Void

    init(name: String, body: @escaping () -> Void) {
        self.name = name
        self.body = body
    }
}

// A function rather than a closure at the call: its isolation is plainly none.
private func runWork(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    // SAFETY: `start` retained the work for exactly this one taking.
    guard let argument = unsafe argument else { return nil }
    let work = unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
    unsafe handfast_name_thread(work.name)
    work.body()
    return nil
}
