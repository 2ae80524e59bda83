// SPDX-License-Identifier: Apache-2.0
extension Keystore {
    /// The result of checking the MAC.
    private enum Seal {
        case absent, right, unknown
    }

    /// Takes the certificates out of PKCS#12: the MAC first, then each part that is encrypted.
    static func pkcs12(
        _ bytes: [UInt8],
        _ password: String
    ) throws(CertificateError) -> Content {
        guard !password.utf8.contains(0), bytes.count <= CertificateFile.bytesMax,
            var store = PKCS12File(bytes)
        else { throw damaged }
        if isLegacy(store) {
            guard let other = PKCS12File(bytes, legacy: true) else {
                throw CertificateError(.keystore, withoutLegacyProvider)
            }
            store = other
        }
        let seal = try seal(store, password)
        try checkWork(store)
        var bags = KeystoreBags()
        for index in 0..<store.count {
            for bag in try content(of: index, store, password, seal) {
                do throws(DERError) {
                    try bags.add(bag)
                } catch {
                    throw damaged
                }
            }
        }
        return try content(
            try bags.entries(),
            privateKeys: bags.privateKeys,
            hasUnknownSeal: seal == .unknown,
            hasUntriedPassword: seal != .right && !password.isEmpty && !isEncrypted(store)
        )
    }

    /// OpenSSL's legacy provider has RC2, RC4 and DES; where it is not installed, these stay shut.
    private static let withoutLegacyProvider =
        "The keystore's certificates are under an old cipher (RC2, RC4 or DES) that the OpenSSL of "
        + "this machine does not have: its legacy provider is not installed. Rewrite the keystore "
        + "where it is, with `openssl pkcs12 -legacy -in FILE -nokeys -out bundle.pem`."

    private static let refusedPassword = CertificateError(
        .keystore,
        "The keystore's password is another one."
    )

    private static let missingPassword = CertificateError(
        .passwordMissing,
        "The keystore has a password. Give it, with --password-stdin."
    )

    private static let excessive = CertificateError(
        .tooLarge,
        "The keystore's password takes more than \(roundsMax) rounds to check. Export it again "
            + "with fewer."
    )

    private static func isEncrypted(_ store: PKCS12File) -> Bool {
        (0..<store.count).contains { index in
            if case .encrypted? = try? store.part(index) { true } else { false }
        }
    }

    private static func isLegacy(_ store: PKCS12File) -> Bool {
        (0..<store.count).contains { index in
            guard case .encrypted(let encryption)? = try? store.part(index) else { return false }
            return encryption.provider == .legacy
        }
    }

    /// Checks the MAC; throws for one that is not under `password`.
    private static func seal(
        _ store: PKCS12File,
        _ password: String
    ) throws(CertificateError) -> Seal {
        let result: KeystoreSeal.PasswordResult
        do throws(DERError) {
            guard let seal = try KeystoreSeal(pfx: store.der) else { return .absent }
            result = seal.isPBMAC1 ? try seal.result(password) : older(seal, store, password)
        } catch {
            throw damaged
        }
        switch result {
        case .right: return .right
        case .unknown: return .unknown
        case .excessive: throw excessive
        case .wrong: throw password.isEmpty ? missingPassword : refusedPassword
        }
    }

    private static func older(
        _ seal: KeystoreSeal,
        _ store: PKCS12File,
        _ password: String
    ) -> KeystoreSeal.PasswordResult {
        guard PKCS12File.knowsDigest(seal.type) else { return .unknown(seal.type) }
        guard let rounds = store.sealRounds, rounds <= roundsMax else { return .excessive }
        // Programs differ in what no password is: two zeros, or nothing.
        let isRight =
            store.isSealed(under: password) || (password.isEmpty && store.isSealed(under: nil))
        return isRight ? .right : .wrong
    }

    /// Refuses what would take seconds to decrypt, whatever the password is.
    private static func checkWork(_ store: PKCS12File) throws(CertificateError) {
        var work = 0
        for index in 0..<store.count {
            let part: PKCS12File.Part
            do throws(DERError) {
                part = try store.part(index)
            } catch {
                throw damaged
            }
            guard case .encrypted(let encryption) = part else { continue }
            guard let rounds = encryption.rounds, rounds <= roundsMax - work else {
                throw excessive
            }
            work += rounds
        }
    }

    /// The bags of one part.
    private static func content(
        of index: Int,
        _ store: PKCS12File,
        _ password: String,
        _ seal: Seal
    ) throws(CertificateError) -> [[UInt8]] {
        let part: PKCS12File.Part
        do throws(DERError) {
            part = try store.part(index)
        } catch {
            throw damaged
        }
        switch part {
        case .plain:
            guard let bags = store.bags(of: index, password) else { throw damaged }
            return bags
        case .foreign:
            throw CertificateError(
                .keystore,
                "A part of the keystore is encrypted for a public key, not under a password. "
                    + "Export it again with a password."
            )
        case .encrypted(let encryption):
            try checkCipher(encryption, store)
            if let bags = store.bags(of: index, password) { return bags }
            if password.isEmpty, let bags = store.bags(of: index, nil) { return bags }
            // A MAC that fits has shown that the password is the right one.
            if seal == .right { throw damaged }
            throw password.isEmpty ? missingPassword : refusedPassword
        }
    }

    private static func checkCipher(
        _ encryption: PasswordEncryption,
        _ store: PKCS12File
    ) throws(CertificateError) {
        let unknown: String
        switch encryption.provider {
        case .legacy: return
        case .standard(let cipher) where store.knowsCipher(cipher): return
        case .standard(let cipher): unknown = cipher
        case .none(let identifier): unknown = identifier
        }
        throw CertificateError(
            .keystore,
            "The keystore's certificates are encrypted by an algorithm that is not known here "
                + "(\(unknown)). Export them again, for example with AES."
        )
    }
}
