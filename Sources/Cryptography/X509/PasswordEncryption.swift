// SPDX-License-Identifier: Apache-2.0
/// Password-based encryption: the key derivation and the cipher of an encrypted part of PKCS#12
/// (RFC 7292 appendix C, RFC 8018).
struct PasswordEncryption {
    /// The OpenSSL provider that can decrypt it.
    enum Provider: Equatable {
        /// In OpenSSL's default provider, if it knows the cipher with this identifier.
        case standard(cipher: String)
        /// In OpenSSL's legacy provider alone.
        case legacy
        /// Unsupported; with the identifier of the algorithm.
        case none(String)
    }

    let provider: Provider
    /// The cost of the key, in rounds of a digest or their equivalent; nil if the file asks for
    /// more than a number of 62 bits.
    let rounds: Int?

    private static let pbes2 = "1.2.840.113549.1.5.13"
    private static let pbkdf2 = "1.2.840.113549.1.5.12"
    private static let scrypt = "1.3.6.1.4.1.11591.4.11"
    /// HMAC with SHA-1, SHA-2 and SHA-3, whose rounds OpenSSL 3.0 can make.
    private static let pseudorandomFunctions: Set<String> = {
        let sha2 = (7...13).map { "1.2.840.113549.2.\($0)" }
        return Set(sha2 + (13...16).map { "2.16.840.1.101.3.4.2.\($0)" })
    }()
    /// RC4 and RC2 of PKCS#12, DES and RC2 of PKCS#5.
    private static let legacy: Set<String> = {
        let pkcs12 = [1, 2, 5, 6].map { "1.2.840.113549.1.12.1.\($0)" }
        let pkcs5 = [3, 6, 10, 11].map { "1.2.840.113549.1.5.\($0)" }
        return Set(pkcs12 + pkcs5 + ["1.3.14.3.2.7", "1.2.840.113549.3.2"])
    }()
    /// 3DES of PKCS#12, with three keys and two, and the cipher that both are.
    private static let tripleDES: Set<String> = [
        "1.2.840.113549.1.12.1.3", "1.2.840.113549.1.12.1.4",
    ]
    private static let tripleDESCipher = "1.2.840.113549.3.7"

    /// Takes the AlgorithmIdentifier at the reader's position.
    init(_ reader: inout DERReader) throws(DERError) {
        var algorithm = try reader.sequence("an encryption algorithm")
        let type = try algorithm.objectIdentifier("an encryption algorithm").dotted
        guard type == Self.pbes2 else {
            guard Self.legacy.contains(type) || Self.tripleDES.contains(type) else {
                self.init(.none(type), rounds: 0)
                return
            }
            var parameters = try algorithm.sequence("the parameters of an encryption")
            _ = try parameters.next(DERTag.octetString, "the salt of an encryption")
            let rounds = Self.number(try parameters.integer("the rounds of an encryption"))
            let isLegacy = Self.legacy.contains(type)
            self.init(isLegacy ? .legacy : .standard(cipher: Self.tripleDESCipher), rounds: rounds)
            return
        }
        var parameters = try algorithm.sequence("the parameters of an encryption")
        let derivation = try Self.derivation(&parameters)
        var cipher = try parameters.sequence("a cipher")
        let name = try cipher.objectIdentifier("a cipher").dotted
        if let unknown = derivation.unknown {
            self.init(.none(unknown), rounds: 0)
        } else {
            let isLegacy = Self.legacy.contains(name)
            self.init(isLegacy ? .legacy : .standard(cipher: name), rounds: derivation.rounds)
        }
    }

    private init(_ provider: Provider, rounds: Int?) {
        self.provider = provider
        self.rounds = rounds
    }

    private static func derivation(
        _ reader: inout DERReader
    ) throws(DERError) -> (rounds: Int?, unknown: String?) {
        var algorithm = try reader.sequence("a key derivation")
        let type = try algorithm.objectIdentifier("a key derivation").dotted
        if type == pbkdf2 {
            let parameters = try PBKDF2Parameters(&algorithm)
            let isKnown = pseudorandomFunctions.contains(parameters.pseudorandomFunction)
            return (parameters.rounds, isKnown ? nil : parameters.pseudorandomFunction)
        }
        guard type == scrypt else { return (0, type) }
        // RFC 7914 §7.1: salt, cost, block size, parallelization.
        var parameters = try algorithm.sequence("the parameters of scrypt")
        _ = try parameters.next(DERTag.octetString, "the salt of scrypt")
        var work: Int? = 1
        for _ in 0..<3 {
            guard let factor = number(try parameters.integer("a cost of scrypt")) else {
                return (nil, nil)
            }
            let product = work?.multipliedReportingOverflow(by: factor)
            work = product.flatMap { $0.overflow ? nil : $0.partialValue }
        }
        // One block of 128 bytes takes about half as long as a round of PBKDF2.
        return (work.map { $0 / 2 }, nil)
    }

    /// A number that is not negative and has at most 62 bits.
    static func number(_ octets: ArraySlice<UInt8>) -> Int? {
        guard let first = octets.first, first < 0x80 else { return nil }
        let digits = octets.drop { $0 == 0 }
        guard digits.count < 8 else { return nil }
        return digits.reduce(0) { $0 << 8 | Int($1) }
    }
}

/// The parameters of PBKDF2 (RFC 8018 appendix A.2).
struct PBKDF2Parameters {
    let salt: [UInt8]
    let rounds: Int?
    /// Nil where the file does not say it.
    let keyBytes: Int?
    /// The identifier of an HMAC.
    let pseudorandomFunction: String

    /// The default of RFC 8018.
    private static let hmacWithSHA1 = "1.2.840.113549.2.7"

    /// Takes what stands after the identifier of PBKDF2.
    init(_ reader: inout DERReader) throws(DERError) {
        var parameters = try reader.sequence("the parameters of PBKDF2")
        let salt = try parameters.next(DERTag.octetString, "the salt of PBKDF2")
        self.salt = Array(parameters.content(of: salt))
        rounds = PasswordEncryption.number(try parameters.integer("the rounds of PBKDF2"))
        keyBytes =
            parameters.nextTag == DERTag.integer
            ? PasswordEncryption.number(try parameters.integer("a key's length")) : nil
        if parameters.isAtEnd {
            pseudorandomFunction = Self.hmacWithSHA1
        } else {
            var function = try parameters.sequence("the function of PBKDF2")
            pseudorandomFunction =
                try function.objectIdentifier("the function of PBKDF2").dotted
        }
    }
}
