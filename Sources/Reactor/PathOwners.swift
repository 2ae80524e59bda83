// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// The users to whom a path belongs: the directories and links on the way to its end, and the end.
///
/// Each of them could have the path lead elsewhere at any moment; a component that is missing
/// belongs to those above it.
struct PathOwners: Equatable {
    /// The owners by their numbers, without root.
    private(set) var others: Set<UInt32> = []
    /// The group of the last component that is there.
    private(set) var group: UInt32 = 0

    /// As many links as the kernel follows.
    private static let linksMax = 40

    /// Walks along `path`, which begins at the current directory where it is not absolute.
    ///
    /// Throws ELOOP behind too many links.
    init(of path: String) throws(SystemError) {
        let whole = path.hasPrefix("/") ? path : "\(Folder.current)/\(path)"
        // Reversed: the next component is the last one.
        var left = Array(Self.components(whole).reversed())
        var place = ""
        var links = 0
        try add("/")
        while let name = left.popLast() {
            if name == ".." {
                // Of a directory that was reached without a link: its parent is the one above.
                place = String(place[..<(place.lastIndex(of: "/") ?? place.startIndex)])
                continue
            }
            let next = "\(place)/\(name)"
            guard let kind = try add(next) else { return }
            guard kind == S_IFLNK else {
                place = next
                continue
            }
            links += 1
            guard links <= Self.linksMax else {
                throw SystemError("following \(path)", code: ELOOP)
            }
            let target = try Self.target(of: next)
            if target.hasPrefix("/") { place = "" }
            left += Self.components(target).reversed()
        }
    }

    private static func components(_ path: String) -> [Substring] {
        path.split(separator: "/").filter { $0 != "." }
    }

    /// Adds the owner of what is at `path` itself; returns its type, nil where nothing is there.
    @discardableResult
    private mutating func add(_ path: String) throws(SystemError) -> mode_t? {
        var status = stat()
        // SAFETY: the path is a C string for the time of the call; the structure is written whole
        // or not at all.
        guard unsafe lstat(path, &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw SystemError("reading \(path)", code: errno)
        }
        if status.st_uid != 0 { others.insert(status.st_uid) }
        group = status.st_gid
        return status.st_mode & S_IFMT
    }

    private static func target(of link: String) throws(SystemError) -> String {
        var code: Int32 = 0
        // SAFETY: at most the buffer's length is written, and as much is said to be there.
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Int(PATH_MAX)) { buffer, count in
            let got = unsafe buffer.withMemoryRebound(to: CChar.self) { text in
                unsafe text.baseAddress.map { unsafe readlink(link, $0, text.count) } ?? -1
            }
            code = got < 0 ? errno : 0
            count = max(got, 0)
        }
        guard code == 0 else { throw SystemError("reading \(link)", code: code) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
