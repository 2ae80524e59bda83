// SPDX-License-Identifier: Apache-2.0
internal import HTTP

/// An address of the console: the only thing that its links and redirections lead to.
///
/// Made of segments and of a query that are encoded here, so that no text leads elsewhere.
package struct Address: Sendable, Equatable {
    private let path: String
    private var query: [(name: String, value: String)] = []
    private var fragment: StaticString?

    /// The path of `segments`: none for the first page.
    package init(_ segments: String...) {
        path = "/" + segments.map(PercentEncoding.encode).joined(separator: "/")
    }

    /// The path of something in `part` that somebody has named, and of its own pages.
    package init(_ part: String, named name: String, _ pages: String...) {
        let segments = [part, AddressName.segment(name)] + pages
        path = "/" + segments.map(PercentEncoding.encode).joined(separator: "/")
    }

    /// The same address with a value in its query; without it for nil and for nothing.
    ///
    /// In place of an older value of that name.
    package func with(_ name: String, _ value: String?) -> Address {
        var other = self
        other.query.removeAll { $0.name == name }
        if let value, !value.isEmpty { other.query.append((name, value)) }
        return other
    }

    /// The same address, at a part of the page.
    package func at(_ part: StaticString) -> Address {
        var other = self
        other.fragment = part
        return other
    }

    /// The address as a link has it.
    package var text: String {
        let pairs = query.map {
            PercentEncoding.encode($0.name) + "=" + PercentEncoding.encode($0.value)
        }
        let behind = fragment.map { "#\($0)" } ?? ""
        return ConsoleBase.path + path + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&"))
            + behind
    }

    /// Whether both lead to the same place.
    package static func == (one: Address, other: Address) -> Bool { one.text == other.text }
}

/// Names in addresses: those that a path cannot have, or has for a page, begin with a tilde there.
///
/// Browsers take `.` and `..` out of a path, percent-encoded too (URL Standard §4.4).
enum AddressName {
    private static let mark = "~"
    private static let taken = [".", "..", "add", "shown-once"]

    /// The segment of a name; names that begin with the mark get one more.
    static func segment(_ name: String) -> String {
        taken.contains(name) || name.hasPrefix(mark) ? mark + name : name
    }

    /// The name of a segment.
    static func name(_ segment: String) -> String {
        segment.hasPrefix(mark) ? String(segment.dropFirst(mark.count)) : segment
    }
}
