// SPDX-License-Identifier: Apache-2.0
import COpenSSL
import Cryptography
import Testing

/// Key pairs of X25519 by the slim provider, beside what OpenSSL's default provider makes of the
/// same private keys.
///
/// Each test has a process of its own, whose default context is the slim provider's.
struct LadderKeyTests {
    /// A key of X25519, or what is needed to make one.
    @safe private final class Pair {
        let key: OpaquePointer

        /// Generates a pair in the default context; with `group`, its name is set before.
        init(group: Bool = false) throws {
            // SAFETY: the context is freed here, and the key that it makes has an owner.
            let context = unsafe EVP_PKEY_CTX_new_from_name(nil, "X25519", nil)
            defer { unsafe EVP_PKEY_CTX_free(context) }
            var made: OpaquePointer?
            guard unsafe EVP_PKEY_keygen_init(context) == 1,
                unsafe !group || EVP_PKEY_CTX_set_group_name(context, "x25519") == 1,
                unsafe EVP_PKEY_generate(context, &made) == 1, let key = unsafe made
            else { throw ClientError("generating a pair") }
            unsafe self.key = key
        }

        /// OpenSSL's own pair for a private key.
        init(privateKey: [UInt8]) throws {
            // SAFETY: OpenSSL copies the bytes.
            let made = unsafe EVP_PKEY_new_raw_private_key_ex(
                handfast_library(),
                "X25519",
                nil,
                privateKey,
                privateKey.count
            )
            guard let key = unsafe made else { throw ClientError("taking a private key") }
            unsafe self.key = key
        }

        deinit {
            unsafe EVP_PKEY_free(key)
        }

        var privateKey: [UInt8] {
            unsafe Self.bytes { unsafe EVP_PKEY_get_raw_private_key(key, $0, $1) }
        }
        var publicKey: [UInt8] {
            unsafe Self.bytes { unsafe EVP_PKEY_get_raw_public_key(key, $0, $1) }
        }

        private static func bytes(
            _ get: (UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<Int>?) -> Int32
        ) -> [UInt8] {
            var count = 64
            var bytes = [UInt8](repeating: 0, count: count)
            // SAFETY: `count` is the size of the buffer, and becomes what was written.
            return unsafe get(&bytes, &count) == 1 ? Array(bytes.prefix(count)) : []
        }

        /// The secret with a peer, in this key's library context; nil where it is refused.
        func secret(with peer: Pair) -> [UInt8]? {
            // SAFETY: 32 bytes are the size of an X25519 secret.
            let context = unsafe EVP_PKEY_CTX_new(key, nil)
            defer { unsafe EVP_PKEY_CTX_free(context) }
            var count = 32
            var secret = [UInt8](repeating: 0, count: count)
            guard unsafe EVP_PKEY_derive_init(context) == 1,
                unsafe EVP_PKEY_derive_set_peer(context, peer.key) == 1,
                unsafe EVP_PKEY_derive(context, &secret, &count) == 1
            else { return nil }
            return secret
        }
    }

    private static var counts: ThreadCounts { ThreadCounts(.ladderKeys) }

    private static func isSlim() -> Bool { CryptographyLibrary.start(slim: true) == .slim }

    @Test func `a pair has the public key that OpenSSL makes of the private one`() async {
        await #expect(processExitsWith: .success) {
            #expect(Self.isSlim())
            let before = Self.counts
            var seen: Set<[UInt8]> = []
            for _ in 0..<200 {
                let pair = try Pair()
                let same = try Pair(privateKey: pair.privateKey)
                #expect(pair.privateKey.count == 32 && pair.privateKey == same.privateKey)
                #expect(pair.publicKey.count == 32 && pair.publicKey == same.publicKey)
                #expect(seen.insert(pair.privateKey).inserted)
            }
            #expect(Self.counts - before == ThreadCounts(found: 200, made: 0))
        }
    }

    @Test func `two pairs agree on a secret, and a third has another`() async {
        await #expect(processExitsWith: .success) {
            #expect(Self.isSlim())
            let (one, two, three) = (try Pair(), try Pair(), try Pair())
            let secret = try #require(one.secret(with: two))
            #expect(two.secret(with: one) == secret)
            #expect(three.secret(with: one) != secret)
            // OpenSSL's own key derives the same.
            let same = try Pair(privateKey: one.privateKey)
            #expect(same.secret(with: two) == secret)
        }
    }

    @Test func `a generation that is asked for more is OpenSSL's`() async {
        await #expect(processExitsWith: .success) {
            #expect(Self.isSlim())
            let before = Self.counts
            let pair = try Pair(group: true)
            #expect(Self.counts - before == ThreadCounts(found: 0, made: 1))
            let same = try Pair(privateKey: pair.privateKey)
            #expect(same.publicKey == pair.publicKey)
        }
    }

    @Test func `switched off, or with OpenSSL's own provider, OpenSSL makes the pairs`() async {
        await #expect(processExitsWith: .success) {
            Shortcut.ladderKeys.switchOff()
            #expect(Self.isSlim())
            let pair = try Pair()
            #expect(Self.counts == ThreadCounts(found: 0, made: 0))
            let same = try Pair(privateKey: pair.privateKey)
            #expect(same.publicKey == pair.publicKey)
        }
        await #expect(processExitsWith: .success) {
            #expect(CryptographyLibrary.start(slim: false) == .plain)
            let pair = try Pair()
            #expect(pair.publicKey.count == 32)
            #expect(Self.counts == ThreadCounts(found: 0, made: 0))
        }
    }
}
