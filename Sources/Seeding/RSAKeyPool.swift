// SPDX-License-Identifier: Apache-2.0
internal import Cryptography

/// RSA keys of a seed, which its clients share: finding primes takes a tenth of a second a key.
///
/// Clients take turns: two clients with one key have different certificates and thumbprints.
package enum RSAKeyPool {
    /// More clients than this share keys.
    package static let keysMax = 256

    /// The first `count` keys of `purpose`, made by as many threads as there are processors.
    static func keys(
        _ purpose: Seed.Purpose,
        of seed: Seed,
        count: Int,
        progress: (Int) -> Void = { _ in }
    ) throws -> [DerivedKey] {
        let work = try OrderedWork(count, lot: 1) {
            { index in
                let bytes = try seed.bytes(purpose, index, count: 2 * DerivedKey.primeBytes)
                return try DerivedKey.rsa2048(
                    (
                        Array(bytes[..<DerivedKey.primeBytes]),
                        Array(bytes[DerivedKey.primeBytes...])
                    )
                )
            }
        }
        var keys: [DerivedKey] = []
        while let made = try work.next() {
            keys += made
            progress(keys.count)
        }
        return keys
    }
}
