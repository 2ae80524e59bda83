// SPDX-License-Identifier: Apache-2.0
internal import Administration
internal import OAuth
internal import PostgresStore
internal import Reactor
internal import Serving
internal import Storage
internal import TLS
internal import Text

/// A value as its source gives it, before it is parsed by its key's kind.
enum RawValue: Sendable, Equatable {
    /// Text without a type: YAML scalars, environment variables, flags.
    case untyped(String)
    /// A JSON string.
    case text(String)
    /// A JSON number.
    case number(String)
    /// A JSON literal.
    case boolean(Bool)
    /// A list, where none belongs.
    case list

    /// The text, nil for a list.
    var text: String? {
        switch self {
        case .untyped(let text), .text(let text), .number(let text): text
        case .boolean(let value): String(value)
        case .list: nil
        }
    }
}

/// A value of its key's kind.
enum ConfigurationValue: Sendable, Equatable, CustomStringConvertible {
    case integer(Int)
    case boolean(Bool)
    /// A choice, a text, a path or an issuer.
    case text(String)
    case address(ListenAddress)
    /// The address of a store; shown without its password.
    case store(PostgresURL)

    var description: String {
        switch self {
        case .integer(let value): String(value)
        case .boolean(let value): String(value)
        case .text(let value): value
        case .address(let value): value.description
        case .store(let value): value.description
        }
    }
}

extension ConfigurationKey {
    /// Parses `raw` as this key's kind.
    ///
    /// A relative path is taken from `directory`.
    func parse(
        _ raw: RawValue,
        from directory: String? = nil
    ) throws(ValueError) -> ConfigurationValue {
        guard let text = raw.text else {
            throw ValueError("is a list where one value belongs", allowed: allowed)
        }
        guard !text.isEmpty else {
            throw ValueError("is empty; leave it out for the default", allowed: allowed)
        }
        switch kind {
        case .integer(let range): return .integer(try integer(raw, text, range))
        case .boolean: return .boolean(try boolean(raw, text))
        case .choice(let words):
            guard words.contains(text) else {
                throw ValueError("is not known", allowed: allowed)
            }
            return .text(text)
        case .text, .path, .issuer, .address, .localAddress, .optionalAddress, .rate, .serverNames,
            .origins, .scopes, .groups, .store:
            switch raw {
            case .untyped, .text: break
            case .number, .boolean, .list:
                throw ValueError("is not a string", allowed: allowed)
            }
        }
        switch kind {
        case .path: return .text(try Self.path(text, from: directory))
        case .issuer: return .text(try Self.issuer(text))
        case .address: return .address(try ListenAddress(text, portMayBeChosen: true))
        case .rate:
            guard text == Self.noRate || RequestRate(text) != nil else {
                throw ValueError("is no rate", allowed: allowed)
            }
            return .text(text)
        case .serverNames:
            return .text(try ValueList.serverNames(text).map(\.text).joined(separator: " "))
        case .origins: return .text(try ValueList.origins(text).map(\.text).joined(separator: " "))
        case .groups:
            return .text(ValueList.text(try ValueList.groups(text)))
        case .store: return .store(try Self.store(text, allowed))
        case .scopes: return .text(try ScopeList.parse(text).joined(separator: " "))
        case .localAddress where text == ListenAddress.nowhere: return .text(text)
        case .optionalAddress where text == ListenAddress.nowhere: return .text(text)
        case .optionalAddress: return .address(try ListenAddress(text))
        case .localAddress: return .address(try ListenAddress(local: text))
        default: return .text(try Self.printable(text))
        }
    }

    private static func store(
        _ text: String,
        _ allowed: String
    ) throws(ValueError) -> PostgresURL {
        do {
            return try PostgresURL(text)
        } catch {
            throw ValueError("cannot be used: \(error.reason)", allowed: allowed)
        }
    }

    private func integer(
        _ raw: RawValue,
        _ text: String,
        _ range: ClosedRange<Int>
    ) throws(ValueError) -> Int {
        switch raw {
        case .untyped, .number: break
        case .text, .boolean, .list: throw ValueError("is not a number", allowed: allowed)
        }
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        guard digits.utf8.allSatisfy(\.isDigit),
            !digits.isEmpty
        else { throw ValueError("is not a whole number", allowed: allowed) }
        guard let value = Int(text), range.contains(value) else {
            throw ValueError("is out of range", allowed: allowed)
        }
        return value
    }

    private func boolean(_ raw: RawValue, _ text: String) throws(ValueError) -> Bool {
        switch raw {
        case .boolean(let value): return value
        case .untyped:
            if text == "true" { return true }
            if text == "false" { return false }
        case .text, .number, .list: break
        }
        throw ValueError("is neither true nor false", allowed: allowed)
    }

    /// Issuer and audience go into every token; more than this would fill a header field.
    private static let identifierBytesMax = 512
    /// The longest path that Linux takes (PATH_MAX).
    private static let pathBytesMax = 4096

    /// Printable ASCII that can stand in a quoted string (RFC 9110 §5.6.4) and in a claim as it is.
    private static func printable(_ text: String) throws(ValueError) -> String {
        guard text.utf8.count <= identifierBytesMax else {
            throw ValueError(
                "is too long",
                allowed: "at most \(identifierBytesMax) characters"
            )
        }
        let good = text.utf8.allSatisfy {
            (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        guard good else {
            throw ValueError(
                "has characters that cannot stand here",
                allowed: "printable ASCII without \" and \\"
            )
        }
        return text
    }

    private static func path(
        _ text: String,
        from directory: String?
    ) throws(ValueError) -> String {
        guard text.utf8.count <= pathBytesMax else {
            throw ValueError("is too long", allowed: "at most \(pathBytesMax) bytes")
        }
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw ValueError("has control characters", allowed: "a path")
        }
        guard !text.hasPrefix("~") else {
            throw ValueError("begins with ~, which no shell expands here", allowed: "a path")
        }
        guard let directory, !text.hasPrefix("/") else { return text }
        return directory + text
    }

    /// RFC 8414 §2: https, no query, no fragment.
    ///
    /// No user information either, because the issuer is public.
    static func issuer(_ text: String) throws(ValueError) -> String {
        let allowed = "an https URL without query and fragment, such as https://id.example.com"
        func refused(_ reason: String) -> ValueError { ValueError(reason, allowed: allowed) }
        let scheme = "https://"
        guard text.hasPrefix(scheme) else { throw refused("does not begin with https://") }
        guard text.utf8.count <= identifierBytesMax else { throw refused("is too long") }
        guard !text.utf8.contains(UInt8(ascii: "?")) else { throw refused("has a query") }
        guard !text.utf8.contains(UInt8(ascii: "#")) else { throw refused("has a fragment") }
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" }
        guard !authority.utf8.contains(UInt8(ascii: "@")) else {
            throw refused("has user information")
        }
        let hasPort = authority.contains(":") && !authority.hasSuffix("]")
        if hasPort {
            _ = try ListenAddress(String(authority))
        } else {
            _ = try ListenAddress.host(String(authority))
        }
        guard isPath(rest.dropFirst(authority.count)) else {
            throw refused("has characters that cannot stand in a URL's path")
        }
        // RFC 3986 §5.2.4: clients remove them before they ask.
        guard !rest.split(separator: "/").contains(where: { $0 == "." || $0 == ".." }) else {
            throw refused("has . or .. in its path")
        }
        return text
    }

    /// RFC 3986 §3.3: path-abempty.
    private static func isPath(_ text: Substring) -> Bool {
        let others = Set("-._~!$&'()*+,;=:@/".utf8)
        var bytes = text.utf8.makeIterator()
        while let byte = bytes.next() {
            if byte == UInt8(ascii: "%") {
                guard let high = bytes.next(), let low = bytes.next(), high.isHexadecimalDigit,
                    low.isHexadecimalDigit
                else { return false }
            } else if !byte.isLetterOrDigit && !others.contains(byte) {
                return false
            }
        }
        return true
    }
}
