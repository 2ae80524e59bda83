// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Reactor
internal import Registration
internal import Text
internal import YAML

/// A file of lists of clients, users and trust sets, in YAML or JSON.
package struct DeclarationFile: Sendable {
    /// As people call it.
    let name: String
    private let folder: String
    private let bytes: [UInt8]
    private let isJSON: Bool

    /// Two gigabytes: a hundred thousand clients with certificates take a tenth of it.
    package static let bytesMax = 2 << 30

    /// The file at `path`; one whose name ends in `.json` is JSON, every other one YAML.
    ///
    /// Blocks.
    package init(reading path: String) throws(DeclarationError) {
        do throws(SystemError) {
            bytes = try DataFile.read(path, upTo: Self.bytesMax)
        } catch {
            throw DeclarationError(.init(path, "The file cannot be read: \(error.reason)."))
        }
        let slash = path.lastIndex(of: "/")
        let parent = slash.map { String(path[..<$0]) }
        let relative = path.hasPrefix("/") ? parent : parent.map { "\(Folder.current)/\($0)" }
        folder = relative ?? Folder.current
        name = path
        isJSON = path.hasSuffix(".json")
    }

    /// The bytes of a descriptor until its end, such as the standard input.
    ///
    /// Blocks.
    package init(readingInput descriptor: Int32) throws(DeclarationError) {
        let name = "standard input"
        var bytes: [UInt8] = []
        do throws(SystemError) {
            while true {
                let part = try SystemCall.read(descriptor, upTo: 1 << 20, of: name)
                if part.isEmpty { break }
                bytes += part
                guard bytes.count <= Self.bytesMax else {
                    throw SystemError("reading \(name)", code: EFBIG)
                }
            }
        } catch {
            throw DeclarationError(.init(name, "The input cannot be read: \(error.reason)."))
        }
        self.init(name: name, bytes)
    }

    /// A text that came from elsewhere; JSON where it begins with a brace.
    package init(name: String, _ bytes: [UInt8]) {
        (self.name, self.bytes, folder) = (name, bytes, Folder.current)
        let spaces: [UInt8] = [0x20, 0x09, 0x0a, 0x0d]
        isJSON = bytes.first { !spaces.contains($0) } == UInt8(ascii: "{")
    }

    /// Hands each entry to `body`; throws a `DeclarationError` where the text cannot be read, and
    /// what `body` throws.
    func forEachEntry(_ body: (DeclaredEntry) throws -> Void) throws {
        do {
            if isJSON { try forEachOfJSON(body) } else { try forEachOfYAML(body) }
        } catch let error as YAMLError {
            throw DeclarationError(
                .init("\(name):\(error.position)", "This is not YAML: \(error.reason).")
            )
        } catch let error as JSONError {
            throw DeclarationError(.init("\(name):\(error.position)", "No JSON: \(error.reason)."))
        }
    }

    private func forEachOfYAML(_ body: (DeclaredEntry) throws -> Void) throws {
        let check = { (list: YAMLMember) in
            _ = try kind(list.name, "\(name):\(list.position)")
        }
        try YAMLNode.forEachEntry(of: bytes.span, list: check) { list, node in
            let kind = try kind(list.name, "\(name):\(list.position)")
            let start = { [name, position = node.position] in "\(name):\(position)" }
            guard case .map(let members) = node.content else { throw Self.noMap(kind, start()) }
            let entry = DeclaredEntry(
                kind: kind,
                members: Dictionary(
                    members.map { ($0.name, DeclaredValue.value($0.value, of: $0.name)) },
                    uniquingKeysWith: { first, _ in first }
                ),
                folder: folder,
                start: start
            ) { [name] member in
                members.first { $0.name == member }.map { "\(name):\($0.position)" } ?? start()
            }
            try body(entry)
        }
    }

    private func forEachOfJSON(_ body: (DeclaredEntry) throws -> Void) throws {
        let entries = JSONEntries(bytes)
        let check = { (list: String, offset: Int) in
            _ = try kind(list, "\(name):\(entries.position(of: nil, at: offset))")
        }
        try entries.forEach(list: check) { list, value, offset in
            let place = { [name] (member: String?) in
                "\(name):\(entries.position(of: member, at: offset))"
            }
            let kind = try kind(list, name)
            guard case .object(let members) = value else { throw Self.noMap(kind, place(nil)) }
            try body(
                DeclaredEntry(
                    kind: kind,
                    members: members,
                    folder: folder,
                    start: { place(nil) },
                    memberPlace: place
                )
            )
        }
    }

    private func kind(_ list: String, _ place: String) throws(DeclarationError) -> DeclaredKind {
        guard let kind = DeclaredKind(rawValue: list) else { throw noList(list, place) }
        return kind
    }

    private func noList(_ list: String, _ place: String) -> DeclarationError {
        let known = DeclaredKind.allCases.map(\.rawValue)
        let nearest = NearestName.suggestion(for: list, among: known)
        return DeclarationError(
            .init(
                place,
                "There is no list \(PrintableText.escaped(list)). "
                    + (nearest.map { "Is \($0) meant?" }
                        ?? "The lists are \(known.joined(separator: ", ")).")
            )
        )
    }

    private static func noMap(_ kind: DeclaredKind, _ place: String) -> DeclarationError {
        DeclarationError(.init(place, "An entry of \(kind.rawValue) is a map of members."))
    }
}

/// One thing that is wrong with a declaration.
package struct DeclarationFinding: Sendable, Equatable {
    /// File, line and column.
    package let place: String
    /// The problem and what to do, in sentences.
    package let text: String

    init(_ place: String, _ text: String) {
        (self.place, self.text) = (place, text)
    }
}

/// Why a declaration is not applied: everything that is wrong with it, at least one finding.
package struct DeclarationError: Error, Sendable, Equatable, CustomStringConvertible {
    package let findings: [DeclarationFinding]
    /// How many there are besides, which are not listed.
    package let more: Int

    /// More would scroll the first ones away.
    static let findingsMax = 100

    init(_ finding: DeclarationFinding) {
        (findings, more) = ([finding], 0)
    }

    init(_ findings: [DeclarationFinding], more: Int) {
        (self.findings, self.more) = (findings, more)
    }

    /// A line for each finding.
    package var lines: [String] {
        findings.map { "\(PrintableText.escaped($0.place)): \($0.text)" }
            + (more > 0 ? ["There are \(more) more."] : [])
    }

    /// The lines.
    package var description: String { lines.joined(separator: "\n") }
}
