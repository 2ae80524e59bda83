// SPDX-License-Identifier: Apache-2.0
internal import Text

@testable import Cryptography
@testable import OAuth

/// The input is a JWK Set.
///
/// Promises: a private or symmetric key is never taken, wherever in the set it stands; a key that
/// is taken verifies by some algorithm, is of its certificate, and is the same from its DER; no
/// signature that nobody made is of it.
enum KeySetTarget {
    static func test(_ input: [UInt8]) {
        guard let set = try? JSONWebKeySet(input.span) else { return }
        claim(input.count <= JSONWebKeySet.bytesMax, "the set is not too large")
        claim(set.keys.count + set.omissions.count <= JSONWebKeySet.keysMax, "nor has too many")
        claim(!set.keys.isEmpty, "a set has a key that can be used")
        let content = JSONWebKeySet.content(input)
        guard case .array(let values) = JSONValue(content.span)?["keys"] else {
            return claim(false, "a set has an array of keys")
        }
        claim(values.count == set.keys.count + set.omissions.count, "each key is told of")
        for value in values {
            let secrets = JSONWebKey.secretMembers.filter { (value[$0] ?? .null) != .null }
            claim(secrets.isEmpty, "a secret key is refused: \(secrets)")
        }
        for key in set.keys { check(key, in: set) }
        if let found = try? set.certificates(reasonToRefuse: { _ in nil }) {
            let isWhole = found.certificates.count + found.omissions.count == values.count
            claim(!found.certificates.isEmpty && isWhole, "each key has its certificate, or none")
        }
        claim((try? JSONWebKeySet(input.span)) == set, "a set is read the same twice")
    }

    private static func check(_ key: JSONWebKey, in set: JSONWebKeySet) {
        let fitting = SignatureAlgorithm.allCases.filter(key.fits)
        claim(!fitting.isEmpty, "a key fits an algorithm")
        claim(key.algorithm.map { fitting == [$0] } ?? true, "a key with `alg` fits that alone")
        claim(key.digest == Digest256.of(key.subjectPublicKeyInfo), "the digest is of the key")
        claim(key.keyID?.utf8.count ?? 0 <= JSONWebKey.keyIDBytesMax, "`kid` is not too long")
        if let certificate = key.certificates.first {
            let parsed = try? Certificate(der: certificate)
            let isSame = parsed?.subjectPublicKeyInfo == key.subjectPublicKeyInfo
            claim(isSame, "the certificate is of the key")
        }
        guard let verifier = try? VerificationKey(subjectPublicKeyInfo: key.subjectPublicKeyInfo)
        else { return claim(false, "OpenSSL takes the key") }
        for algorithm in fitting {
            let candidates = set.candidates(keyID: key.keyID, algorithm)
            claim(candidates.map { $0.contains(key) } ?? true, "a key is found by its name")
            for signature in [[], key.digest.bytes, [UInt8](repeating: 0, count: 64)] {
                let verifies = verifier.verifies(signature, over: [1, 2, 3], by: algorithm)
                claim(!verifies, "nobody has signed that")
            }
        }
    }
}
