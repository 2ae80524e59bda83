// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuthTesting
import Testing
import Text

@testable import OAuth

/// Sealed tokens from the sealer to the reader, without an endpoint around them.
struct SealedTokenTests {
    private static let issuer = "https://as.example"

    private let key: SealingKeyMaterial

    init() throws {
        key = try sealingKey()
    }

    private func grant(
        _ client: Client? = nil,
        subject: String? = nil,
        scope: UInt64 = 3,
        audiences: [String] = [],
        thumbprint: Digest256? = thumbprint(1)
    ) throws -> TokenClaims {
        let client = try client ?? OAuthTesting.client()
        return TokenClaims(
            client: client,
            subject: subject.map { Array($0.utf8) } ?? client.id,
            scope: scope,
            audiences: audiences,
            thumbprint: thumbprint
        )
    }

    /// One token of a sealer of its own.
    private func token(
        _ grant: TokenClaims? = nil,
        key: SealingKeyMaterial? = nil,
        issuer: String = issuer,
        lifetime: Int64 = 600
    ) throws -> [UInt8] {
        var sealer = try TokenSealer(key ?? self.key, issuer: issuer)
        return try sealer.token(grant ?? self.grant(), lifetime: lifetime)
    }

    private func reader(_ keys: SealingKeyMaterial..., issuer: String = issuer) -> TokenReader {
        TokenReader(issuer: issuer, keys: Self.keys(keys))
    }

    private static func keys(_ keys: [SealingKeyMaterial]) -> TokenKeys {
        TokenKeys(signing: SigningKeys([]), sealing: SealingKeys(keys))
    }

    // MARK: what a token says

    @Test(arguments: [nil, thumbprint(1)], [nil, "user:ann", "user:jürgen \"\0", ""])
    func `whom a token is for comes back as it went in`(
        thumbprint: Digest256?,
        subject: String?
    ) throws {
        let token = try token(grant(subject: subject, thumbprint: thumbprint))
        var reader = reader(key)
        let read = reader.content(of: token.span, now: noon)
        let content = try #require(read)
        #expect(content.clientID == Array("app".utf8))
        #expect(content.subject == Array((subject ?? "app").utf8))
        #expect(content.thumbprint == thumbprint)
        #expect(content.issuedAt == noon && content.expiresAt == noon + 600)
    }

    @Test(arguments: [
        (0, ""), (1, "read"), (2, "write"), (3, "read write"),
    ])
    func `the scopes come back in their registered order`(bits: UInt64, text: String) throws {
        var reader = reader(key)
        let token = try token(grant(scope: bits))
        let content = reader.content(of: token.span, now: noon)
        #expect(content.map { String(decoding: $0.scope, as: UTF8.self) } == text)
    }

    @Test(
        arguments: [
            ([], ["https://api.example"]), (["urn:a"], ["urn:a"]), (["b", "a"], ["b", "a"]),
            ([""], [""]), (["é\"\\"], ["é\"\\"]),
        ] as [([String], [String])]
    )
    func `the audiences come back, or the server's own`(
        audiences: [String],
        expected: [String]
    ) throws {
        var reader = reader(key)
        let token = try token(grant(audiences: audiences))
        #expect(reader.content(of: token.span, now: noon)?.audiences == expected)
    }

    @Test func `the longest lists that fit a registration's bits come back whole`() throws {
        let scopes = (0..<64).map { "scope-\($0)-" + String(repeating: "x", count: 40) }
        let audiences = (0..<32).map { "urn:audience:\($0):" + String(repeating: "y", count: 100) }
        let id = String(repeating: "i", count: 128)
        let client = try client(id, policy(scopes: scopes))
        let token = try token(grant(client, subject: "user:x", scope: .max, audiences: audiences))
        var reader = reader(key)
        let read = reader.content(of: token.span, now: noon)
        let content = try #require(read)
        #expect(content.clientID == Array(id.utf8))
        #expect(content.scope == Array(scopes.joined(separator: " ").utf8))
        #expect(content.audiences == audiences)
    }

    @Test(arguments: [1, 600, 31_536_000] as [Int64])
    func `a token is good until the second of its expiry, and not in it`(lifetime: Int64) throws {
        let token = try token(lifetime: lifetime)
        var reader = reader(key)
        #expect(reader.content(of: token.span, now: noon) != nil)
        #expect(reader.content(of: token.span, now: noon + lifetime - 1) != nil)
        #expect(reader.content(of: token.span, now: noon + lifetime) == nil)
        #expect(reader.content(of: token.span, now: .max) == nil)
    }

    @Test func `a token is base64url and tells nothing of what it says`() throws {
        let token = try token(grant(subject: "user:ann"))
        let bytes = try decoded(token)
        #expect(bytes.first == SealedLayout.version)
        for secret in ["app", "user:ann", "read", "https://api.example", key.keyID] {
            #expect(!bytes.contains(secret), "\(secret)")
        }
        #expect(!bytes.contains(thumbprint(1).bytes))
        // The search itself finds what is there.
        #expect((bytes + Array("user:ann".utf8)).contains("user:ann"))
    }

    // MARK: changed tokens

    @Test func `a token with any one bit changed is refused`() throws {
        let token = try token()
        var reader = reader(key)
        let bytes = try decoded(token)
        for index in bytes.indices {
            for bit in 0..<8 as Range<UInt8> {
                var changed = bytes
                changed[index] ^= 1 << bit
                let text = Base64URL.encode(changed.span)
                #expect(reader.content(of: text.span, now: noon) == nil, "bit \(bit) of \(index)")
            }
        }
        #expect(reader.content(of: token.span, now: noon) != nil)
    }

    @Test func `a token with any one byte put to another value is refused`() throws {
        let bytes = try decoded(token())
        var reader = reader(key)
        // The version and the first bytes of each further part: every value of them.
        for index in [0, 1, 9, 25, 32, 33, bytes.count - 16, bytes.count - 1] {
            var opened: [UInt8] = []
            for value in 0...255 as ClosedRange<UInt8> {
                var changed = bytes
                changed[index] = value
                let text = Base64URL.encode(changed.span)
                if reader.content(of: text.span, now: noon) != nil { opened.append(value) }
            }
            #expect(opened == [bytes[index]], "at \(index)")
        }
    }

    @Test func `a token has one spelling`() throws {
        let alphabet = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=. \0%~é".utf8
        )
        var reader = reader(key)
        // Lengths of every remainder by three, so that bits are left over in two of them.
        for audience in ["a", "ab", "abc"] {
            let token = try token(grant(audiences: [audience]))
            let opened = alphabet.filter { character in
                let changed = token.dropLast() + [character]
                return reader.content(of: Array(changed).span, now: noon) != nil
            }
            #expect(try opened == [#require(token.last)])
        }
    }

    @Test func `a token that was cut off or has something behind or before it is refused`() throws {
        let token = try token()
        var reader = reader(key)
        for count in token.indices {
            #expect(reader.content(of: Array(token[..<count]).span, now: noon) == nil, "\(count)")
        }
        for rest in ["A", "AA", "AAA", "AAAA", "=", "==", " ", "\n", "\0", ".", "..", ".A.A"] {
            let behind = token + Array(rest.utf8)
            #expect(reader.content(of: behind.span, now: noon) == nil, "\(rest) behind")
            let before = Array(rest.utf8) + token
            #expect(reader.content(of: before.span, now: noon) == nil, "\(rest) before")
        }
        let twice = token + token
        #expect(reader.content(of: twice.span, now: noon) == nil)
        #expect(reader.content(of: token.span, now: noon) != nil)
    }

    @Test func `two tokens' parts do not make a third`() throws {
        var sealer = try TokenSealer(key, issuer: Self.issuer)
        let tokens = try [1, 2].map { (scope: UInt64) in
            try decoded(sealer.token(grant(scope: scope)))
        }
        var reader = reader(key)
        for cut in [1, 9, 25, 33, tokens[0].count - 16] {
            for (head, tail) in [(0, 1), (1, 0)] {
                let mixed = Array(tokens[head][..<cut] + tokens[tail][cut...])
                let text = Base64URL.encode(mixed.span)
                // Before the counter the two are the same, so that the mixture is the second one.
                let isWhole = mixed == tokens[tail]
                #expect((reader.content(of: text.span, now: noon) != nil) == isWhole, "\(cut)")
            }
        }
    }

    @Test func `a token beyond the bound is not even looked at`() throws {
        var reader = reader(key)
        let audience = String(repeating: "a", count: 12_000)
        let small = try token(grant(audiences: [audience]))
        let large = try token(grant(audiences: [audience + audience]))
        #expect(small.count < SealedLayout.bytesMax && large.count > SealedLayout.bytesMax)
        #expect(reader.content(of: small.span, now: noon) != nil)
        #expect(reader.content(of: large.span, now: noon) == nil)
    }

    // MARK: sealers

    @Test func `no two tokens of one sealer are the same or begin alike`() throws {
        var sealer = try TokenSealer(key, issuer: Self.issuer)
        var reader = reader(key)
        let grant = try grant()
        var heads: Set<[UInt8]> = []
        var identifiers: Set<String> = []
        for number in 1...1_000 as ClosedRange<UInt64> {
            let token = try sealer.token(grant)
            let bytes = try decoded(token)
            let head = bytes.prefix(SealedLayout.headCount)
            heads.insert(Array(head))
            // The nonce is this counter: it must go up, never back.
            let counter = head.suffix(8).reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
            #expect(counter == number)
            let content = reader.content(of: token.span, now: noon)
            identifiers.insert(try #require(content).identifier)
        }
        #expect(heads.count == 1_000 && identifiers.count == 1_000)
    }

    @Test func `two sealers of one key differ, and one reader reads both`() throws {
        let grant = try grant()
        var first = try TokenSealer(key, issuer: Self.issuer)
        var second = try TokenSealer(key, issuer: Self.issuer)
        let tokens = [try first.token(grant), try second.token(grant)]
        let heads = try tokens.map { Array(try decoded($0).prefix(SealedLayout.headCount)) }
        // The same key's tag and the same counter, but another sealer and so another key.
        #expect(heads[0].prefix(9) == heads[1].prefix(9))
        #expect(heads[0].suffix(8) == heads[1].suffix(8))
        #expect(heads[0][9..<25] != heads[1][9..<25])
        var reader = reader(key)
        let names = tokens.map { reader.content(of: $0.span, now: noon)?.identifier }
        #expect(names[0] != nil && names[1] != nil && names[0] != names[1])
    }

    @Test func `more sealers than a reader remembers are still read`() throws {
        let grant = try grant()
        let tokens = try (0..<1_100).map { _ in try token(grant) }
        var reader = reader(key)
        for token in tokens + tokens.prefix(3) {
            let content = reader.content(of: token.span, now: noon)
            try #require(content != nil)
        }
    }
}

extension TokenSealer {
    /// A token that is issued at noon.
    mutating func token(_ grant: TokenClaims, lifetime: Int64 = 600) throws -> [UInt8] {
        var out: [UInt8] = []
        var claims = grant
        claims.issuedAt = noon
        claims.expiresAt = noon + lifetime
        try append(claims, audience: "https://api.example", to: &out)
        return out
    }
}

extension [UInt8] {
    fileprivate func contains(_ text: String) -> Bool {
        contains(Array(text.utf8))
    }

    fileprivate func contains(_ part: [UInt8]) -> Bool {
        indices.contains { self[$0...].starts(with: part) }
    }
}
