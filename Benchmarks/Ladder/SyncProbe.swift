// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// How often the disk can make a small write durable.
enum SyncProbe {
    /// Syncs a second of one thread that writes a page and waits for it, over half a second.
    static func perSecond(in folder: TemporaryFolder) throws(BenchmarkError) -> Double {
        let path = folder.path("synced")
        // SAFETY: the path is a C string for the time of the call.
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw BenchmarkError("cannot write '\(path)': \(SystemMessage.last())")
        }
        defer { close(descriptor) }
        let page = [UInt8](repeating: 1, count: 4_096)
        let began = handfast_monotonic_nanoseconds()
        var count = 0.0
        while true {
            // SAFETY: the kernel reads at most the array's count.
            let written = unsafe page.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            guard written == page.count, fdatasync(descriptor) == 0 else {
                throw BenchmarkError("cannot sync '\(path)': \(SystemMessage.last())")
            }
            count += 1
            let taken = Double(handfast_monotonic_nanoseconds() - began) / 1e9
            if taken > 0.5 { return count / taken }
        }
    }
}

/// Waiting, for what another program does.
enum Pause {
    static func milliseconds(_ count: UInt32) { usleep(count * 1_000) }
}
