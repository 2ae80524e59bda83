// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Reactor

@Suite struct ProcessorQuotaTests {
    private static let unified = """
        23 1 0:20 / / rw - ext4 /dev/vda rw
        31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate
        """
    private static let separate = """
        31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
        32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw master:11 - cgroup cgroup rw,cpu,cpuacct
        33 31 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
        """

    private func processors(
        _ groups: String,
        _ mounts: String,
        _ files: [String: String]
    ) -> Int? {
        ProcessorQuota.processors(groups: groups, mounts: mounts) { files[$0] }
    }

    @Test(
        arguments: [
            ("50000 100000\n", 1), ("100000 100000\n", 1), ("100001 100000\n", 2),
            ("250000 100000\n", 3), ("1000 1000000\n", 1), ("max 100000\n", nil), ("", nil),
            ("-1 100000\n", nil), ("50000\n", nil), ("50000 0\n", nil), ("many 100000\n", nil),
            ("9223372036854775807 1\n", Int.max),
        ] as [(String, Int?)]
    )
    func `the quota of version 2 is rounded up`(_ text: String, _ expected: Int?) {
        let found = processors("0::/\n", Self.unified, ["/sys/fs/cgroup/cpu.max": text])
        #expect(found == expected)
    }

    @Test func `the least quota of a group and those above it counts`() {
        let files = [
            "/sys/fs/cgroup/system.slice/cpu.max": "150000 100000\n",
            "/sys/fs/cgroup/system.slice/handfast.service/cpu.max": "400000 100000\n",
            "/sys/fs/cgroup/user.slice/cpu.max": "10000 100000\n",
        ]
        #expect(processors("0::/system.slice/handfast.service\n", Self.unified, files) == 2)
    }

    @Test func `the quota of version 1 is in two files of the controller's hierarchy`() {
        let groups = "5:memory:/docker/a\n4:cpu,cpuacct:/docker/a\n1:name=systemd:/docker/a\n"
        let folder = "/sys/fs/cgroup/cpu,cpuacct/docker/a"
        var files = [
            "\(folder)/cpu.cfs_quota_us": "50000\n", "\(folder)/cpu.cfs_period_us": "100000\n",
        ]
        #expect(processors(groups, Self.separate, files) == 1)
        files["\(folder)/cpu.cfs_quota_us"] = "-1\n"
        #expect(processors(groups, Self.separate, files) == nil)
    }

    @Test func `a container without a namespace of groups has its own group at the mount`() {
        let mounts = """
            32 31 0:29 /docker/a /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct
            """
        let files = [
            "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "300000\n",
            "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
        ]
        #expect(processors("4:cpu,cpuacct:/docker/a\n", mounts, files) == 3)
        // A group that is not below the one that is mounted, as seen from another namespace.
        #expect(processors("4:cpu,cpuacct:/../b\n", mounts, files) == 3)
    }

    @Test(arguments: ["", "no lines\n", "0::\n", ":::\n", "0:cpu\n", "0::/../..\n"])
    func `strange groups have no quota`(_ groups: String) {
        #expect(processors(groups, Self.unified, [:]) == nil)
        #expect(processors(groups, "", ["/cpu.max": "1 1\n"]) == nil)
        #expect(processors(groups, "31 23 0:28 / / rw - cgroup2", [:]) == nil)
    }
}
