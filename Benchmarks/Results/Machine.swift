// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import COpenSSL
internal import Glibc

/// The machine on which the figures were measured.
struct Machine: Codable, Equatable, Sendable {
    var processor: String
    var processors: Int
    var memoryGiB: Double
    var kernel: String
    var openSSL: String
    /// `release` or `debug`: how this program itself was built.
    var build: String

    static var isDebugBuild: Bool {
        #if DEBUG
            true
        #else
            false
        #endif
    }

    static func current() -> Machine {
        let model = lines("/proc/cpuinfo").first { $0.hasPrefix("model name") }
            .flatMap { $0.split(separator: ":").last }
            .map { String($0.drop { $0 == " " }) }
        let memory = lines("/proc/meminfo").first { $0.hasPrefix("MemTotal:") }
            .flatMap { $0.split(separator: " ").dropFirst().first }
            .flatMap { Double($0) }
        // SAFETY: the version's text is static.
        let openSSL = unsafe String(cString: OpenSSL_version(OPENSSL_VERSION))
        return Machine(
            processor: model ?? "unknown processor",
            processors: Int(handfast_processors()),
            memoryGiB: (memory ?? 0) / 1_048_576,
            kernel: lines("/proc/sys/kernel/osrelease").first ?? "unknown",
            openSSL: openSSL,
            build: isDebugBuild ? "debug" : "release"
        )
    }

    var line: String {
        let counted = processors == 1 ? "1 processor" : "\(processors) processors"
        return
            "\(processor), \(counted), \(Format.fixed(memoryGiB, 0)) GiB, "
            + "Linux \(kernel), \(openSSL)"
    }

    /// The time now, UTC, as in RFC 3339.
    static func timestamp() -> String { timestamp(of: Int(handfast_wall_seconds())) }

    /// Seconds since 1970 as a date, by the civil calendar's 400-year cycle.
    static func timestamp(of seconds: Int) -> String {
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        // Days since 1 March of year 0, so that the leap day is a year's last.
        let days = seconds / 86_400 + 719_468
        let rest = seconds % 86_400
        let era = days / 146_097
        let day = days % 146_097
        let yearOfEra = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365
        let dayOfYear = day - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let date = dayOfYear - (153 * month + 2) / 5 + 1
        let year = yearOfEra + era * 400 + (month >= 10 ? 1 : 0)
        return "\(year)-\(two(month < 10 ? month + 3 : month - 9))-\(two(date))"
            + "T\(two(rest / 3_600)):\(two(rest / 60 % 60)):\(two(rest % 60))Z"
    }

    private static func lines(_ path: String) -> [String] {
        let text = String(decoding: Files.contents(path) ?? [], as: UTF8.self)
        return text.split(separator: "\n").map { String($0) }
    }
}
