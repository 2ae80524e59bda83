// SPDX-License-Identifier: Apache-2.0
internal import OAuthTesting
internal import Text

@testable import Cryptography
@testable import OAuth

/// Lines: a pattern of subjects, empty for none; a header; claims; and, where the first byte is
/// odd, a signature, which else is the right one under a key of the run.
///
/// Promises: a JWT counts only with a signature by the issuer's key, of its one `iss`, with one
/// audience, in its time and for a subject of the pattern; its subject here begins with the
/// issuer's name. A pattern is matched as a plain search does.
enum IssuerTokenTarget {
    private static let key = try? SigningKeyMaterial(
        keyID: "key",
        algorithm: .edDSA,
        pkcs8: try SigningKey.generate(.edDSA).pkcs8(),
        activeFrom: 0,
        retiredAt: nil
    )
    private static let keys: JSONWebKeySet? = {
        guard let key else { return nil }
        let text = SigningKeys([key]).jwks(now: 0, tokenLifetimeMax: 1)
        return try? JSONWebKeySet(text.span)
    }()
    private static let caller = try? OAuthTesting.client("app", policy(grants: [.jwtBearer]))
    private static let own = "https://own.example"

    static func test(_ input: [UInt8]) {
        guard let choice = input.first, let keys, let caller, let key else { return }
        let parts = lines(input.dropFirst(), countMax: 4)
        guard parts.count >= 3 else { return }
        let pattern = SubjectPattern(String(decoding: parts[0], as: UTF8.self))
        if let pattern { check(pattern, parts[2]) }
        // Locals: a span of an element that an array hands out would outlive it.
        let (header, claims) = (parts[1], parts[2])
        var text = Base64URL.encode(header.span) + [UInt8(ascii: ".")]
        text += Base64URL.encode(claims.span)
        let isSigned = choice % 2 == 0
        let signature = isSigned ? sign(text, key) : parts.count > 3 ? parts[3] : []
        text += [UInt8(ascii: ".")] + Base64URL.encode(signature.span)
        guard let jws = try? CompactJWS(text.span) else { return }
        let issuer = TrustedIssuer(
            name: "partner",
            issuer: Fixtures.issuer,
            keys: keys,
            algorithms: [.edDSA, .es256],
            clients: ["app"],
            subjects: pattern,
            lifetimeMax: 300
        )
        var prepared = PreparedKeys()
        let verified = try? jws.verify(
            by: TrustedIssuers([issuer]),
            .grant(ownIssuer: own),
            for: caller,
            prepared: &prepared,
            now: Fixtures.now
        )
        guard let verified else { return }
        claim(isSigned, "the issuer has signed it")
        claim(jws.algorithm == "EdDSA", "by its algorithm")
        claim(jws.keyID == nil || jws.keyID == "key", "and its key")
        let type = jws.type?.lowercased()
        claim(type == nil || type == "jwt" || type == "authorization-grant+jwt", "as a grant")
        claim(jws.claims["iss"]?.text == Fixtures.issuer, "it is the issuer's")
        claim(jws.claims["aud"]?.texts == [own], "it is for this server alone")
        let end = jws.claims["exp"]?.seconds ?? 0
        claim((Fixtures.now - 10...Fixtures.now + 361).contains(end), "it ends soon")
        let subject = Array((jws.claims["sub"]?.text ?? "").utf8)
        claim(!subject.isEmpty && subject.allSatisfy { $0 >= 0x20 }, "it has a subject")
        claim(verified.subject == Array("partner:".utf8) + subject, "under the issuer's name")
        claim(pattern.map { plain($0.text.utf8[...], subject[...]) } ?? true, "of the pattern")
    }

    private static func sign(_ text: [UInt8], _ key: SigningKeyMaterial) -> [UInt8] {
        guard let own = try? SigningKey(pkcs8: key.pkcs8, for: key.algorithm) else { return [] }
        return (try? KeySigner(own).signature(over: text)) ?? []
    }

    private static func check(_ pattern: SubjectPattern, _ text: [UInt8]) {
        let subject = Array(text.prefix(24))
        guard pattern.text.utf8.count <= 16 else {
            _ = pattern.matches(text)
            return
        }
        let expected = plain(pattern.text.utf8[...], subject[...])
        claim(pattern.matches(subject) == expected, "a pattern is matched as a plain search does")
    }

    /// Tries every length of each star; exponential, for short ones.
    private static func plain(
        _ pattern: Substring.UTF8View,
        _ subject: ArraySlice<UInt8>
    ) -> Bool {
        guard let first = pattern.first else { return subject.isEmpty }
        if first == UInt8(ascii: "*") {
            return plain(pattern.dropFirst(), subject)
                || !subject.isEmpty && plain(pattern, subject.dropFirst())
        }
        return subject.first == first && plain(pattern.dropFirst(), subject.dropFirst())
    }
}
