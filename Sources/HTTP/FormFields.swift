/// The parameters that decisions look up by name.
public enum Parameter: Int, Sendable, CaseIterable {
    case grantType, clientID, clientSecret, clientAssertion, clientAssertionType, scope, resource
    case username, password, refreshToken, code, redirectURI, codeVerifier, token, tokenTypeHint

    static let names: [(name: String, parameter: Parameter)] = [
        ("grant_type", .grantType), ("client_id", .clientID), ("scope", .scope),
        ("client_secret", .clientSecret), ("client_assertion", .clientAssertion),
        ("client_assertion_type", .clientAssertionType), ("resource", .resource),
        ("username", .username), ("password", .password), ("refresh_token", .refreshToken),
        ("code", .code), ("redirect_uri", .redirectURI), ("code_verifier", .codeVerifier),
        ("token", .token), ("token_type_hint", .tokenTypeHint),
    ]
}

/// Why a form is refused.
public enum FormError: Error, Sendable, Equatable {
    /// A percent sign without two digits, invalid UTF-8, or a control character.
    case malformedEncoding
    /// A parameter more than once (RFC 6749 §3.2).
    case duplicate
    /// More parameters than any request has.
    case tooMany
}

/// A form (`application/x-www-form-urlencoded`, RFC 6749 App. B), decoded strictly.
///
/// Keeps its storage from one form to the next. A parameter with an empty value counts as left out (RFC 6749 §3.2), but
/// still as given twice. `resource` alone may be repeated (RFC 8707 §2).
public struct FormFields: Sendable {
    /// The decoded names and values that ranges point into.
    public private(set) var bytes: [UInt8] = []
    /// The values of `resource`, in order.
    public private(set) var resources: [Range<Int>] = []

    private var known = InlineArray<15, Range<Int>?>(repeating: nil)
    private var seen = InlineArray<15, Bool>(repeating: false)
    private var otherNames: [Range<Int>] = []
    private var count = 0

    /// More than any request of OAuth's has, and few enough to compare each name with all others.
    private static let countMax = 64

    public init() {}

    /// The value of a parameter in `bytes`; nil when it is left out or empty.
    public func range(of parameter: Parameter) -> Range<Int>? {
        known[parameter.rawValue]
    }

    /// Reads a form, in place of the one before.
    public mutating func parse(_ body: Span<UInt8>) throws(FormError) {
        bytes.removeAll(keepingCapacity: true)
        resources.removeAll(keepingCapacity: true)
        otherNames.removeAll(keepingCapacity: true)
        for index in known.indices {
            known[index] = nil
            seen[index] = false
        }
        count = 0
        var start = 0
        while start < body.count {
            var end = start
            var equals: Int?
            while end < body.count, body[end] != UInt8(ascii: "&") {
                if equals == nil, body[end] == UInt8(ascii: "=") { equals = end }
                end += 1
            }
            if end > start {
                let nameEnd = equals ?? end
                let name = try decode(body, start..<nameEnd)
                let value = try decode(body, min(nameEnd + 1, end)..<end)
                try add(name, value)
            }
            start = end + 1
        }
    }

    private mutating func add(_ name: Range<Int>, _ value: Range<Int>) throws(FormError) {
        count += 1
        guard count <= Self.countMax else { throw .tooMany }
        guard let parameter = parameter(named: name) else {
            guard !isRepeated(name) else { throw .duplicate }
            otherNames.append(name)
            return
        }
        if parameter == .resource {
            if !value.isEmpty { resources.append(value) }
            return
        }
        guard !seen[parameter.rawValue] else { throw .duplicate }
        seen[parameter.rawValue] = true
        known[parameter.rawValue] = value.isEmpty ? nil : value
    }

    private func parameter(named name: Range<Int>) -> Parameter? {
        for (candidate, parameter) in Parameter.names
        where ASCII.equals(bytes.span, name, candidate) {
            return parameter
        }
        return nil
    }

    private func isRepeated(_ name: Range<Int>) -> Bool {
        otherNames.contains { bytes[$0] == bytes[name] }
    }

    /// Appends the decoded text; refuses what no honest client sends.
    private mutating func decode(
        _ body: Span<UInt8>, _ range: Range<Int>
    ) throws(FormError) -> Range<Int> {
        let start = bytes.count
        var isASCII = true
        var index = range.lowerBound
        while index < range.upperBound {
            var byte = body[index]
            index += 1
            if byte == UInt8(ascii: "+") {
                byte = UInt8(ascii: " ")
            } else if byte == UInt8(ascii: "%") {
                guard index + 1 < range.upperBound,
                    let high = Characters.hexadecimalValue(body[index]),
                    let low = Characters.hexadecimalValue(body[index + 1])
                else { throw .malformedEncoding }
                byte = high << 4 | low
                index += 2
            }
            guard byte >= 0x20, byte != 0x7f else { throw .malformedEncoding }
            if byte >= 0x80 { isASCII = false }
            bytes.append(byte)
        }
        let decoded = start..<bytes.count
        if !isASCII, !UTF8Text.isValid(bytes.span.extracting(decoded)) { throw .malformedEncoding }
        return decoded
    }
}

/// UTF-8 (RFC 3629 §4): shortest form, no surrogates, nothing beyond U+10FFFF.
enum UTF8Text {
    static func isValid(_ bytes: Span<UInt8>) -> Bool {
        var index = 0
        while index < bytes.count {
            let lead = bytes[index]
            index += 1
            let (more, lowest, highest): (Int, UInt8, UInt8) =
                switch lead {
                case 0..<0x80: (0, 0x80, 0xbf)
                case 0xc2...0xdf: (1, 0x80, 0xbf)
                case 0xe0: (2, 0xa0, 0xbf)
                case 0xe1...0xec, 0xee, 0xef: (2, 0x80, 0xbf)
                case 0xed: (2, 0x80, 0x9f)
                case 0xf0: (3, 0x90, 0xbf)
                case 0xf1...0xf3: (3, 0x80, 0xbf)
                case 0xf4: (3, 0x80, 0x8f)
                default: (-1, 0, 0)
                }
            guard more >= 0, index + more <= bytes.count else { return false }
            for offset in 0..<more {
                let byte = bytes[index + offset]
                guard byte >= (offset == 0 ? lowest : 0x80), byte <= (offset == 0 ? highest : 0xbf)
                else { return false }
            }
            index += more
        }
        return true
    }
}
