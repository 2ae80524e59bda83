// SPDX-License-Identifier: Apache-2.0
/// Scopes as a client's registration lists them (RFC 6749 §3.3).
enum Scope {
    /// The limit of different scopes in a registration: a selection is a bit set of 64 bits.
    static let countMax = 64

    /// The registered scopes that `text` asks for, as bits; nil when it is malformed or has another
    /// one.
    static func selection(_ text: Span<UInt8>, from registered: [String]) -> UInt64? {
        var selected: UInt64 = 0
        var start = 0
        for index in 0...text.count {
            guard index == text.count || text[index] == UInt8(ascii: " ") else { continue }
            guard let bit = position(of: text.extracting(start..<index), in: registered) else {
                return nil
            }
            selected |= 1 << UInt64(bit)
            start = index + 1
        }
        return selected
    }

    /// All registered scopes.
    static func all(of registered: [String]) -> UInt64 {
        registered.count >= countMax ? .max : (1 << UInt64(registered.count)) - 1
    }

    /// As `selection(_:from:)`; throws the error of a request that asks for another scope.
    static func asked(
        _ text: Span<UInt8>,
        from registered: [String]
    ) throws(OAuthError) -> UInt64 {
        guard let selected = selection(text, from: registered) else {
            throw OAuthError(
                .invalidScope,
                "the scope is malformed or not granted to the client",
                check: .scope
            )
        }
        return selected
    }

    /// A selection of `registered` as one of another list; nil where that lacks one of them.
    static func selection(
        _ selection: UInt64,
        of registered: [String],
        in others: [String]
    ) -> UInt64? {
        var selected: UInt64 = 0
        for (index, scope) in registered.prefix(countMax).enumerated()
        where selection & (1 << UInt64(index)) != 0 {
            guard let bit = position(of: Array(scope.utf8).span, in: others) else { return nil }
            selected |= 1 << UInt64(bit)
        }
        return selected
    }

    /// Those of `scopes` that are registered, as bits.
    static func selection(_ scopes: [String], in registered: [String]) -> UInt64 {
        var selected: UInt64 = 0
        for scope in scopes {
            guard let bit = position(of: Array(scope.utf8).span, in: registered) else { continue }
            selected |= 1 << UInt64(bit)
        }
        return selected
    }

    /// The selected ones of the registered scopes.
    static func names(_ selection: UInt64, of registered: [String]) -> [String] {
        registered.prefix(countMax).enumerated().compactMap { index, scope in
            selection & (1 << UInt64(index)) != 0 ? scope : nil
        }
    }

    /// Appends the selected scopes in their registered order, separated by spaces.
    static func append(_ selection: UInt64, of registered: [String], to out: inout [UInt8]) {
        var first = true
        for (index, scope) in registered.prefix(countMax).enumerated()
        where selection & (1 << UInt64(index)) != 0 {
            if !first { out.append(UInt8(ascii: " ")) }
            first = false
            out.append(contentsOf: scope.utf8)
        }
    }

    private static func position(of token: Span<UInt8>, in registered: [String]) -> Int? {
        guard token.count > 0 else { return nil }
        for (index, scope) in registered.prefix(countMax).enumerated() {
            let bytes = scope.utf8
            guard bytes.count == token.count else { continue }
            var at = 0
            var equal = true
            for byte in bytes {
                if byte != token[at] {
                    equal = false
                    break
                }
                at += 1
            }
            if equal { return index }
        }
        return nil
    }
}
