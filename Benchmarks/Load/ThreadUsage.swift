// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// The CPU time that the calling thread has used, and that it wanted and did not get.
struct ThreadUsage {
    /// Seconds of CPU.
    let cpu: Double
    /// Seconds in which it could have run but others did (the second field of schedstat).
    let waited: Double

    static func now() -> ThreadUsage {
        let fields = Files.contents("/proc/thread-self/schedstat")
            .map { String(decoding: $0, as: UTF8.self).split(separator: " ") }
        let waited = fields.flatMap { $0.count > 1 ? Double($0[1]) : nil } ?? 0
        return ThreadUsage(
            cpu: Double(handfast_thread_cpu_nanoseconds()) / 1e9,
            waited: waited / 1e9
        )
    }
}

/// CPU time and memory of other processes.
enum ProcessClock {
    /// CPU seconds of all these processes, ended threads included; nil when there are none or one
    /// has gone.
    static func cpuSeconds(of processes: [Int32]) -> Double? {
        guard !processes.isEmpty else { return nil }
        var sum = 0.0
        for process in processes {
            var clock = clockid_t()
            var time = timespec()
            // SAFETY: both calls fill the local variables.
            guard unsafe clock_getcpuclockid(process, &clock) == 0,
                unsafe clock_gettime(clock, &time) == 0
            else { return nil }
            sum += Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        return sum
    }

    /// Bytes of a process that are in memory (RssAnon and RssFile), nil when it has gone.
    static func residentBytes(of process: Int32) -> Int? {
        guard let bytes = Files.contents("/proc/\(process)/statm") else { return nil }
        let fields = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}

/// Waits for an epoll set more finely than its own milliseconds.
enum EpollWait {
    /// Returns when the set has events or the time is over; the kernel may be some 50 µs late.
    static func untilReady(_ poller: Int32, nanoseconds: UInt64) {
        guard nanoseconds > 0 else { return }
        var set = fd_set()
        var bound = timespec(
            tv_sec: Int(nanoseconds / 1_000_000_000),
            tv_nsec: Int(nanoseconds % 1_000_000_000)
        )
        // SAFETY: a set has room for 1,024 descriptors, checked here; the calls use the local
        // variables only.
        unsafe withUnsafeMutableBytes(of: &set) { bytes in
            guard Int(poller) < bytes.count * 8 else { return }
            unsafe bytes[Int(poller) / 8] |= 1 << UInt8(poller % 8)
        }
        unsafe pselect(poller + 1, &set, nil, nil, &bound, nil)
    }
}
