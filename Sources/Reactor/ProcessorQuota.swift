// SPDX-License-Identifier: Apache-2.0

/// The share of the machine's processors that control groups leave to this process (cgroups(7)).
enum ProcessorQuota {
    /// The quota in processors, rounded up; nil where no group of this process has one.
    ///
    /// - Parameters:
    ///   - groups: `/proc/self/cgroup`.
    ///   - mounts: `/proc/self/mountinfo`.
    ///   - read: the content of a file; nil where it cannot be read.
    static func processors(groups: String, mounts: String, read: (String) -> String?) -> Int? {
        let hierarchies = mounts.split(separator: "\n").compactMap { Hierarchy($0) }
        var least: Int?
        for line in groups.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3,
                let hierarchy = hierarchies.first(where: { $0.matches(controllers: fields[1]) })
            else { continue }
            for folder in hierarchy.folders(of: String(fields[2])) {
                guard let quota = hierarchy.quota(in: folder, read) else { continue }
                least = min(least ?? quota, quota)
            }
        }
        return least
    }

    /// One mounted hierarchy of groups that may have quotas of processors.
    private struct Hierarchy {
        /// Version 2: one hierarchy with all controllers.
        let isUnified: Bool
        /// The group that is mounted, from the hierarchy's root.
        let root: String
        /// The folder where it is mounted.
        let folder: String

        /// Reads a line of `mountinfo` (proc(5)); nil for every other file system.
        init?(_ line: Substring) {
            let fields = line.split(separator: " ")
            guard let mark = fields.firstIndex(of: "-"), mark >= 6, fields.count > mark + 1 else {
                return nil
            }
            switch fields[mark + 1] {
            case "cgroup2": isUnified = true
            case "cgroup":
                let options = fields.last?.split(separator: ",") ?? []
                guard options.contains("cpu") else { return nil }
                isUnified = false
            default: return nil
            }
            root = String(fields[3])
            folder = String(fields[4])
        }

        /// Whether a group with these controllers, separated by commas, is of this hierarchy.
        func matches(controllers: Substring) -> Bool {
            isUnified ? controllers.isEmpty : controllers.split(separator: ",").contains("cpu")
        }

        /// The folder of `group` and those of the groups above it, as far as they are mounted.
        func folders(of group: String) -> [String] {
            var names = group.split(separator: "/")
            let above = root.split(separator: "/")
            // A container sees the path of the host, and its own group at the mount.
            if names.starts(with: above) {
                names.removeFirst(above.count)
            } else {
                names = []
            }
            if names.contains("..") { names = [] }
            return (0...names.count).map { count in
                folder + names.prefix(count).map { "/\($0)" }.joined()
            }
        }

        /// The quota of the group in `folder`, in processors and rounded up; nil without one.
        func quota(in folder: String, _ read: (String) -> String?) -> Int? {
            let texts: [Substring]
            if isUnified {
                texts = read(folder + "/cpu.max")?.split { $0 == " " || $0 == "\n" } ?? []
            } else {
                texts = ["quota", "period"].compactMap { name in
                    read("\(folder)/cpu.cfs_\(name)_us")?.split(separator: "\n").first
                }
            }
            // No quota is `max` in version 2, and -1 in version 1.
            guard texts.count == 2, let quota = Int(texts[0]), let period = Int(texts[1]),
                quota > 0, period > 0
            else { return nil }
            return max(1, quota / period + (quota % period == 0 ? 0 : 1))
        }
    }
}
