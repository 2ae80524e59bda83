// SPDX-License-Identifier: Apache-2.0
internal import Text

/// The parameters of an `application/x-www-form-urlencoded` form, decoded strictly.
///
/// The encoding is that of RFC 6749, appendix B, and of the WHATWG URL standard.
/// Keeps its storage from one form to the next. A parameter with an empty value counts as left out
/// (RFC 6749 §3.2), but still as given. `resource` may be repeated (RFC 8707 §2), and `audience` in
/// a form for token exchange (RFC 8693 §2.1); no other parameter may.
///
/// Noncopyable: a copy for each request would cost as much as parsing a short form.
public struct FormFields: ~Copyable, Sendable {
    private struct Other: Sendable {
        var name: Range<Int>
        var value: Range<Int>
    }

    /// The decoded names and values that ranges point into.
    public private(set) var bytes: [UInt8] = []
    /// The values of `resource` that are not empty, in order.
    public private(set) var resources: [Range<Int>] = []
    /// The values of `audience` that are not empty, in order.
    public private(set) var audiences: [Range<Int>] = []
    /// The name of an `audience` that is not the first.
    private var repeatedAudience: Range<Int>?
    private var hasAudience = false
    /// `grant_type` of the forms in which `audience` may be repeated.
    private static let tokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange"

    // On the heap, because it is read in place: a look at an inline array copies all of it.
    private var known = [Range<Int>?](repeating: nil, count: 16)
    private var others: [Other] = []
    private var count = 0
    private let countMax: Int

    /// Makes one that takes at most `limits.formFieldsMax` parameters.
    public init(limits: HTTPLimits = HTTPLimits()) {
        countMax = limits.formFieldsMax
    }

    /// The value of a parameter in `bytes`; nil when it is left out or empty.
    ///
    /// Of `resource` and `audience` it is the first.
    public func range(of parameter: Parameter) -> Range<Int>? {
        if parameter == .resource { return resources.first }
        if parameter == .audience { return audiences.first }
        guard let value = known[parameter.rawValue], !value.isEmpty else { return nil }
        return value
    }

    /// The value of a parameter that `Parameter` does not list; nil when it is left out or empty.
    public func range(named name: String) -> Range<Int>? {
        for other in others where ASCII.equals(bytes.span, other.name, name) {
            return other.value.isEmpty ? nil : other.value
        }
        return nil
    }

    /// Reads a form, in place of the one before; a chunked one must be made contiguous first.
    ///
    /// An error leaves no parameters; only `bytes` stays, for the name that was repeated.
    public mutating func parse(_ body: Span<UInt8>) throws(FormError) {
        clear()
        do throws(FormError) {
            try readPairs(body)
            try checkAudiences()
        } catch {
            forget()
            throw error
        }
    }

    /// Forgets the form that was read.
    public mutating func clear() {
        bytes.removeAll(keepingCapacity: true)
        forget()
    }

    private mutating func forget() {
        resources.removeAll(keepingCapacity: true)
        audiences.removeAll(keepingCapacity: true)
        repeatedAudience = nil
        hasAudience = false
        others.removeAll(keepingCapacity: true)
        for index in known.indices { known[index] = nil }
        count = 0
    }

    private mutating func readPairs(_ body: Span<UInt8>) throws(FormError) {
        if body.count > 0, !Self.isPlain(body[0]) { try Self.checkBeginning(body) }
        var start = 0
        while start < body.count {
            // Two ampersands in a row, or one at either end, hold no parameter.
            if body[start] == UInt8(ascii: "&") {
                start += 1
                continue
            }
            count += 1
            guard count <= countMax else { throw .tooMany }
            let name = try decode(body, &start, isName: true)
            var value = bytes.count..<bytes.count
            if start < body.count, body[start] == UInt8(ascii: "=") {
                start += 1
                value = try decode(body, &start, isName: false)
            }
            try add(name, value)
        }
    }

    private mutating func add(_ name: Range<Int>, _ value: Range<Int>) throws(FormError) {
        if let parameter = Parameter.named(name, bytes.span) {
            if parameter == .resource {
                if !value.isEmpty { resources.append(value) }
                return
            }
            if parameter == .audience {
                if hasAudience { repeatedAudience = repeatedAudience ?? name }
                hasAudience = true
                if !value.isEmpty { audiences.append(value) }
                return
            }
            guard known[parameter.rawValue] == nil else { throw .duplicate(name: name) }
            known[parameter.rawValue] = value
        } else {
            guard !isRepeated(name) else { throw .duplicate(name: name) }
            others.append(Other(name: name, value: value))
        }
    }

    /// Only a form that is whole says what it is for.
    private func checkAudiences() throws(FormError) {
        guard let repeatedAudience else { return }
        guard let grant = range(of: .grantType),
            ASCII.equals(bytes.span, grant, Self.tokenExchange)
        else { throw .duplicate(name: repeatedAudience) }
    }

    private func isRepeated(_ name: Range<Int>) -> Bool {
        others.contains { other in
            other.name.count == name.count && bytes[other.name] == bytes[name]
        }
    }

    /// Whether the byte stands for itself and ends nothing.
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7f && byte != UInt8(ascii: "&") && byte != UInt8(ascii: "=")
            && byte != UInt8(ascii: "+") && byte != UInt8(ascii: "%")
    }

    /// Appends the decoded text up to the next separator; throws for control characters and broken
    /// escapes.
    private mutating func decode(
        _ body: Span<UInt8>,
        _ index: inout Int,
        isName: Bool
    ) throws(FormError) -> Range<Int> {
        let start = bytes.count
        var isASCII = true
        while index < body.count {
            let run = index
            while index < body.count, Self.isPlain(body[index]) { index += 1 }
            if run < index { bytes.append(contentsOf: body.extracting(run..<index)) }
            guard index < body.count else { break }
            var byte = body[index]
            if byte == UInt8(ascii: "&") || isName && byte == UInt8(ascii: "=") { break }
            index += 1
            if byte == UInt8(ascii: "+") {
                byte = UInt8(ascii: " ")
            } else if byte == UInt8(ascii: "%") {
                guard index + 1 < body.count,
                    let high = Hexadecimal.value(of: body[index]),
                    let low = Hexadecimal.value(of: body[index + 1])
                else { throw .percentSign }
                byte = high << 4 | low
                index += 2
            }
            guard byte >= 0x20, byte != 0x7f else {
                throw Self.isLineBreaks(body.extracting((index - 1)...))
                    ? .lineBreakAtEnd : .controlCharacter
            }
            if byte >= 0x80 { isASCII = false }
            bytes.append(byte)
        }
        let decoded = start..<bytes.count
        if !isASCII, !UTF8Text.isValid(bytes.span.extracting(decoded)) { throw .invalidUTF8 }
        return decoded
    }

    /// Detects content that is no form by its first bytes.
    private static func checkBeginning(_ body: Span<UInt8>) throws(FormError) {
        func begins(_ bytes: UInt8...) -> Bool {
            body.count >= bytes.count && bytes.indices.allSatisfy { body[$0] == bytes[$0] }
        }
        // RFC 1952 §2.3.1
        if begins(0x1f, 0x8b) { throw .compressed }
        if begins(0xef, 0xbb, 0xbf) || begins(0xff, 0xfe) || begins(0xfe, 0xff) {
            throw .byteOrderMark
        }
    }

    private static func isLineBreaks(_ bytes: Span<UInt8>) -> Bool {
        bytes.indices.allSatisfy {
            bytes[$0] == UInt8(ascii: "\n") || bytes[$0] == UInt8(ascii: "\r")
        }
    }
}
