// SPDX-License-Identifier: Apache-2.0
internal import Text

/// The raw values of one source, by dotted key.
struct ConfigurationSource: Sendable {
    /// A value and its position.
    struct Entry: Sendable {
        let raw: RawValue
        let origin: ConfigurationOrigin
    }

    /// Known and unknown keys alike.
    var entries: [String: Entry] = [:]
    /// Prefix of relative paths in this source, ending in a slash; nil for the working directory.
    var directory: String?

    /// The names of the listeners or pairs under `section`, such as `listeners`.
    func names(under section: String) -> Set<String> {
        let depth = section.split(separator: ".").count
        return Set(
            entries.keys.compactMap { key in
                guard key.hasPrefix(section + ".") else { return nil }
                let parts = key.split(separator: ".", omittingEmptySubsequences: false)
                return parts.count == depth + 2 ? String(parts[depth]) : nil
            }
        )
    }

    /// The flags that were given.
    static func flags(_ overrides: ConfigurationOverrides) -> ConfigurationSource {
        let given: [(flag: String, key: ConfigurationKey, text: String?)] = [
            ("--data", .data, overrides.data),
            ("--listen", .listenerAddress.named("main"), overrides.listen),
            ("--reactors", .reactors, overrides.reactors.map(String.init)),
            ("--issuer", .issuer, overrides.issuer),
            ("--store", .storeURL, overrides.store),
            ("--store-key-file", .storeKeyFile, overrides.storeKeyFile),
        ]
        var source = ConfigurationSource()
        for (flag, key, text) in given {
            guard let text else { continue }
            source.entries[key.name] = Entry(raw: .untyped(text), origin: .flag(flag))
        }
        return source
    }
}

// MARK: - Environment

extension ConfigurationSource {
    /// The variables `HANDFAST_SECTION_KEY`.
    ///
    /// Listeners and pairs that only the environment names are found too.
    ///
    /// A variable of no known section may belong to another program; one of a known section must
    /// name a key.
    static func environment(
        _ variables: [String: String],
        keys: [ConfigurationKey],
        findings: inout [ConfigurationFinding]
    ) -> ConfigurationSource {
        let ours = variables.filter { $0.key.hasPrefix("HANDFAST_") }
        var source = ConfigurationSource()
        var seen: Set<String> = []
        for key in keys.flatMap({ instances(of: $0, in: ours.keys) }) {
            let variable = key.environmentVariable
            guard let text = ours[variable] else { continue }
            seen.insert(variable)
            source.entries[key.name] = Entry(raw: .untyped(text), origin: .environment(variable))
        }
        let sections = Set(keys.filter { $0.components.count > 1 }.map { $0.components[0] })
        let known = keys.filter { !$0.isTemplate }.map(\.environmentVariable)
        for name in ours.keys.sorted() where !seen.contains(name) {
            let belongs = sections.contains { name.hasPrefix("HANDFAST_\($0.uppercased())_") }
            guard belongs, !isServiceLink(name) else { continue }
            findings.append(
                ConfigurationFinding(
                    name,
                    .environment(name),
                    unknown(NearestName.suggestion(for: name, among: known))
                )
            )
        }
        return source
    }

    /// The keys that variables set: a template's one for each name between its two halves.
    private static func instances(
        of key: ConfigurationKey,
        in variables: some Sequence<String>
    ) -> [ConfigurationKey] {
        guard key.isTemplate else { return [key] }
        let halves = key.environmentVariable.split(separator: "<NAME>").map(String.init)
        return variables.sorted().compactMap { variable in
            guard variable.hasPrefix(halves[0]), variable.hasSuffix(halves[1]),
                variable.utf8.count > halves[0].utf8.count + halves[1].utf8.count
            else { return nil }
            let name = variable.dropFirst(halves[0].count).dropLast(halves[1].count)
            return key.named(String(name.lowercased().map { $0 == "_" ? "-" : $0 }))
        }
    }

    /// Kubernetes sets such variables for a service whose name begins like a section of ours.
    private static func isServiceLink(_ name: String) -> Bool {
        name.hasSuffix("_SERVICE_HOST") || name.contains("_SERVICE_PORT")
            || name.hasSuffix("_PORT") || name.contains("_PORT_")
    }

    static func unknown(_ suggestion: String?) -> String {
        suggestion.map { "unknown key; did you mean \($0)?" } ?? "unknown key"
    }
}

// MARK: - File

extension ConfigurationSource {
    /// Reads a YAML (`.yaml`, `.yml`) or JSON (`.json`) file.
    ///
    /// Adds to `findings` where the file is not as it should be.
    static func file(
        _ path: String,
        keys: [ConfigurationKey],
        findings: inout [ConfigurationFinding]
    ) -> ConfigurationSource {
        var source = ConfigurationSource()
        if let slash = path.lastIndex(of: "/") { source.directory = String(path[...slash]) }
        let document: ConfigurationDocument
        do throws(ConfigurationDocument.DocumentError) {
            document = try ConfigurationDocument(contentsOf: path)
        } catch {
            let origin = ConfigurationOrigin.file(path, line: error.line)
            findings.append(ConfigurationFinding(nil, origin, error.reason))
            return source
        }
        var valueless: [String: ConfigurationDocument.Item] = [:]
        for item in document.items {
            let origin = ConfigurationOrigin.file(path, line: item.line)
            guard source.entries[item.name] == nil else {
                findings.append(ConfigurationFinding(item.name, origin, "is given twice"))
                continue
            }
            guard case .value(let raw) = item.content else {
                valueless[item.name] = item
                continue
            }
            source.entries[item.name] = Entry(raw: raw, origin: origin)
        }
        source.rejectUnknown(keys, valueless, file: path, &findings)
        return source
    }

    /// Drops and reports entries of no key, and names without a value that are neither keys nor
    /// sections: a misspelt name must not pass because it has no value.
    private mutating func rejectUnknown(
        _ keys: [ConfigurationKey],
        _ valueless: [String: ConfigurationDocument.Item],
        file: String,
        _ findings: inout [ConfigurationFinding]
    ) {
        let plain = keys.filter { !$0.isTemplate }
        for name in Set(valueless.keys).union(entries.keys).sorted() {
            let isKey = keys.contains { $0.matches(name) }
            guard !isKey || valueless[name]?.content == .emptySection else { continue }
            let isSection = keys.contains { $0.isInSection(name) }
            let entry = entries.removeValue(forKey: name)
            guard !isSection || entry != nil else { continue }
            let reason: String
            if isKey {
                reason = "is an empty section where one value belongs"
            } else if isSection {
                reason = "is a section: it holds keys, not a value"
            } else if let value = plain.first(where: { name.hasPrefix($0.name + ".") }) {
                reason = "unknown key; \(value.name) is a value, not a section"
            } else {
                reason = Self.unknown(
                    NearestName.suggestion(for: name, among: Self.candidates(for: name, keys))
                )
            }
            let origin = entry?.origin ?? .file(file, line: valueless[name]?.line)
            findings.append(ConfigurationFinding(name, origin, reason))
        }
    }

    /// The keys to compare a misspelt one with: templates take the names that it has in their
    /// places.
    private static func candidates(for name: String, _ keys: [ConfigurationKey]) -> [String] {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        return keys.map { key in
            key.components.enumerated().map { index, part in
                part == "<name>" && index < parts.count ? parts[index] : part
            }.joined(separator: ".")
        }
    }
}

extension ConfigurationKey {
    /// Whether `name` is this key, or a key of this template.
    func matches(_ name: String) -> Bool {
        Self.matches(components[...], name)
    }

    /// Whether `name` is a section around this key, or around a key of this template.
    func isInSection(_ name: String) -> Bool {
        let own = components
        return own.indices.dropFirst().contains { Self.matches(own[..<$0], name) }
    }

    private static func matches(_ components: ArraySlice<String>, _ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == components.count else { return false }
        return zip(components, parts).allSatisfy { $0 == "<name>" ? !$1.isEmpty : $0 == String($1) }
    }
}
