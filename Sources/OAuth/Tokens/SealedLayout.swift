// SPDX-License-Identifier: Apache-2.0
internal import Cryptography

/// The binary layout of an encrypted token before base64url.
///
///     version 1 · key tag 8 · sealer 16 · counter 8 · encrypted content · tag 16
///
/// The first four are the associated data: changing one of them makes the token unreadable. Numbers
/// are big-endian. `appendContent` writes the content.
enum SealedLayout {
    static let version: UInt8 = 1
    static let keyTagCount = 8
    static let sealerCount = 16
    static let counterCount = 8
    static let sealerStart = 1 + keyTagCount
    static let counterStart = sealerStart + sealerCount
    static let headCount = counterStart + counterCount
    /// A longer token of either form is not one of this server's: scopes, audiences and static
    /// claims have 4 KiB each, which base64url makes a third longer.
    static let bytesMax = 24_576

    private static let bound: UInt8 = 1
    private static let clientIsSubject: UInt8 = 2
    private static let followsFromGrant: UInt8 = 4
    /// Static claims end the content; no token has them that was issued before there were any.
    private static let hasStaticClaims: UInt8 = 8
    /// The kind of the subject, and `act` and `may_act` as JSON, come last.
    private static let isExchanged: UInt8 = 16

    /// Identifies a key in a token without revealing its id.
    static func keyTag(_ keyID: String) -> [UInt8] {
        Array(Digest256.of(Array(keyID.utf8)).bytes.prefix(keyTagCount))
    }

    static func appendNumber(_ number: UInt64, bytes: Int, to out: inout [UInt8]) {
        out.append(addingCapacity: bytes) { room in
            for shift in stride(from: (bytes - 1) * 8, through: 0, by: -8) {
                room.append(UInt8(truncatingIfNeeded: number >> UInt64(shift)))
            }
        }
    }

    /// Appends the content of a token for `claims`; `audience` stands for an empty list.
    static func appendContent(
        _ claims: TokenClaims,
        audience: String,
        to out: inout [UInt8]
    ) {
        let client = claims.client.id
        let isOwn = claims.subject == client
        var flags: UInt8 = 0
        if claims.thumbprint != nil { flags |= bound }
        if isOwn { flags |= clientIsSubject }
        if claims.grantID != nil { flags |= followsFromGrant }
        if claims.exchange != nil { flags |= isExchanged }
        let further = claims.client.grantPolicy.staticClaims
        if !further.isEmpty { flags |= hasStaticClaims }
        appendNumber(UInt64(clamping: claims.issuedAt), bytes: 8, to: &out)
        let lifetime = claims.expiresAt - claims.issuedAt
        appendNumber(UInt64(UInt32(clamping: lifetime)), bytes: 4, to: &out)
        out.append(flags)
        if let thumbprint = claims.thumbprint { thumbprint.appendBytes(to: &out) }
        if let grant = claims.grantID { out.append(contentsOf: grant) }
        appendText(client, to: &out)
        if !isOwn { appendText(claims.subject, to: &out) }
        let start = out.count
        appendNumber(0, bytes: 2, to: &out)
        Scope.append(claims.scope, of: claims.client.policy.scopes, to: &out)
        let count = out.count - start - 2
        out[start] = UInt8(count >> 8)
        out[start + 1] = UInt8(count & 0xff)
        out.append(UInt8(max(claims.audiences.count, 1)))
        if claims.audiences.isEmpty { appendText(audience.utf8, to: &out) }
        for audience in claims.audiences { appendText(audience.utf8, to: &out) }
        if !further.isEmpty { appendText(further, to: &out) }
        if let exchanged = claims.exchange?.claims {
            out.append(exchanged.subjectKind.rawValue)
            appendText(exchanged.sealed, to: &out)
        }
    }

    private static func appendText(_ text: some Collection<UInt8>, to out: inout [UInt8]) {
        appendNumber(UInt64(text.count), bytes: 2, to: &out)
        out.append(contentsOf: text)
    }

    /// Reads a content back; nil where it is malformed.
    static func content(_ bytes: [UInt8], identifier: String) -> ReadTokenClaims? {
        var reader = SealedReader(bytes)
        guard let issuedAt = reader.number(8), let lifetime = reader.number(4),
            let flags = reader.number(1).map({ UInt8($0) })
        else { return nil }
        var thumbprint: Digest256?
        if flags & bound != 0 {
            guard let bytes = reader.take(Digest256.byteCount) else { return nil }
            thumbprint = Digest256(Array(bytes))
        }
        var grantID: [UInt8]?
        if flags & followsFromGrant != 0 {
            guard let bytes = reader.take(GrantSecret.idByteCount) else { return nil }
            grantID = Array(bytes)
        }
        guard let client = reader.text() else { return nil }
        var subject = client
        if flags & clientIsSubject == 0 {
            guard let other = reader.text() else { return nil }
            subject = other
        }
        guard let scope = reader.text(), let count = reader.number(1) else { return nil }
        var audiences: [String] = []
        for _ in 0..<count {
            guard let audience = reader.text() else { return nil }
            audiences.append(String(decoding: audience, as: UTF8.self))
        }
        var further: [UInt8] = []
        if flags & hasStaticClaims != 0 {
            guard let claims = reader.text() else { return nil }
            further = claims
        }
        let exchanged = flags & isExchanged != 0 ? reader.exchanged() : nil
        guard reader.isAtEnd, (exchanged != nil) == (flags & isExchanged != 0) else { return nil }
        return ReadTokenClaims(
            clientID: client,
            subject: subject,
            scope: scope,
            audiences: audiences,
            issuedAt: Int64(clamping: issuedAt),
            expiresAt: Int64(clamping: issuedAt &+ lifetime),
            identifier: identifier,
            thumbprint: thumbprint,
            grantID: grantID,
            staticClaims: further,
            exchange: exchanged
        )
    }
}

/// Takes bytes from the front; nil where there are too few.
private struct SealedReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) {
        rest = bytes[...]
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    mutating func number(_ bytes: Int) -> UInt64? {
        take(bytes)?.reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func text() -> [UInt8]? {
        guard let count = number(2) else { return nil }
        return take(Int(count)).map { Array($0) }
    }

    mutating func exchanged() -> ExchangedClaims? {
        guard let kind = number(1), let text = text() else { return nil }
        return ExchangedClaims(kind: UInt8(kind), sealed: text)
    }
}
