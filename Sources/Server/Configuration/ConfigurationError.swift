// SPDX-License-Identifier: Apache-2.0
/// The origin of a setting.
public enum ConfigurationOrigin: Sendable, Hashable, CustomStringConvertible {
    /// A configuration file's path; the line where that is known.
    case file(String, line: Int? = nil)
    /// An environment variable's name.
    case environment(String)
    /// A command-line flag's name, such as `--listen`.
    case flag(String)
    /// The default.
    case standard
    /// A default that follows from another key.
    case derived(from: String)

    /// For people: the path and the line, the variable, the flag.
    public var description: String {
        switch self {
        case .file(let path, let line?): "\(path):\(line)"
        case .file(let path, nil): path
        case .environment(let variable): "environment variable \(variable)"
        case .flag(let flag): "flag \(flag)"
        case .standard: "default"
        case .derived(let key): "derived from \(key)"
        }
    }
}

/// One problem of a configuration.
public struct ConfigurationFinding: Sendable, Hashable, CustomStringConvertible {
    /// A value is quoted in an error up to here: enough to recognise it.
    static let quotedCharactersMax = 80

    /// The dotted key, such as `tls.resumption`; nil where the file as a whole is wrong.
    public let key: String?
    /// The origin of the value.
    public let origin: ConfigurationOrigin
    /// The offending value; nil for an unknown key, whose value might be a secret put in the wrong
    /// place.
    public let value: String?
    /// The problem.
    public let reason: String
    /// The values that are allowed; nil where the reason says it.
    public let allowed: String?

    init(
        _ key: String?,
        _ origin: ConfigurationOrigin,
        value: String? = nil,
        _ reason: String,
        allowed: String? = nil
    ) {
        self.key = key
        self.origin = origin
        self.value = value
        self.reason = reason
        self.allowed = allowed
    }

    /// One line: key, value, reason, what is allowed, and where.
    public var description: String {
        var line = key.map { "\(LogText.escaped($0)): " } ?? ""
        if let value {
            let shown = value.count > Self.quotedCharactersMax
            let text = value.prefix(Self.quotedCharactersMax)
            line += "\"\(LogText.escaped(String(text)))\(shown ? "…" : "")\" "
        }
        line += LogText.escaped(reason)
        if let allowed { line += "; allowed: \(allowed)" }
        return line + " (\(LogText.escaped(origin.description)))"
    }
}

/// A configuration that cannot be used, with all its problems.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Never empty.
    ///
    /// Problems of the file as a whole first, then in the order of the keys.
    public let findings: [ConfigurationFinding]

    init(_ findings: [ConfigurationFinding]) {
        precondition(!findings.isEmpty)
        self.findings = findings
    }

    /// One line per problem.
    public var description: String {
        findings.map(\.description).joined(separator: "\n")
    }
}
