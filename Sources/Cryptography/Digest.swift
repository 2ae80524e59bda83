// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL
internal import Text

/// A SHA-256 digest: 32 bytes, held as four words so that it costs no allocation and compares in
/// four instructions.
public struct Digest256: Sendable, Hashable {
    /// The bytes in order, eight to a word, in the machine's byte order.
    let words: (UInt64, UInt64, UInt64, UInt64)

    /// How many bytes a digest has.
    public static let byteCount = 32

    /// Takes 32 bytes; nil for any other count.
    public init?(_ bytes: Span<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        func word(_ at: Int) -> UInt64 {
            var value: UInt64 = 0
            for index in 0..<8 { value |= UInt64(bytes[at + index]) << (8 * UInt64(index)) }
            return value
        }
        words = (word(0), word(8), word(16), word(24))
    }

    /// Takes 32 bytes; nil for any other count.
    public init?(_ bytes: [UInt8]) {
        self.init(bytes.span)
    }

    /// Computes the digest of `bytes`.
    ///
    /// Allocates; the hot path uses `Digester`.
    public static func of(_ bytes: Span<UInt8>) -> Digest256 {
        var out: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        // SAFETY: SHA-256 writes exactly 32 bytes, the size of `out`. Without it nothing here can
        // work at all.
        let done = unsafe bytes.withUnsafeBytes { input in
            unsafe withUnsafeMutableBytes(of: &out) { output in
                unsafe handfast_sha256(input.baseAddress, input.count, output.baseAddress) == 1
            }
        }
        precondition(done, "SHA-256 failed")
        return Digest256(words: out)
    }

    /// Computes the digest of `bytes`.
    ///
    /// Allocates; the hot path uses `Digester`.
    public static func of(_ bytes: [UInt8]) -> Digest256 {
        of(bytes.span)
    }

    /// The byte at `index`, 0 to 31.
    public subscript(index: Int) -> UInt8 {
        precondition(index >= 0 && index < Self.byteCount)
        let word =
            switch index >> 3 {
            case 0: words.0
            case 1: words.1
            case 2: words.2
            default: words.3
            }
        return UInt8(truncatingIfNeeded: word >> (8 * UInt64(index & 7)))
    }

    /// The 32 bytes, for storage and display.
    public var bytes: [UInt8] {
        (0..<Self.byteCount).map { self[$0] }
    }

    /// Lower-case hexadecimal, 64 characters.
    public var hexadecimal: String {
        Hexadecimal.text(bytes)
    }

    /// Appends the 32 bytes.
    public func appendBytes(to out: inout [UInt8]) {
        out.append(addingCapacity: Self.byteCount) { room in
            Self.append(words.0, to: &room)
            Self.append(words.1, to: &room)
            Self.append(words.2, to: &room)
            Self.append(words.3, to: &room)
        }
    }

    /// Appends the eight bytes of a word.
    private static func append(_ word: UInt64, to room: inout OutputSpan<UInt8>) {
        for index in 0..<8 {
            room.append(UInt8(truncatingIfNeeded: word >> (8 * UInt64(index))))
        }
    }

    /// Appends `base64URL` without allocating.
    public func appendBase64URL(to out: inout [UInt8]) {
        var bytes = InlineArray<32, UInt8>(repeating: 0)
        for index in 0..<Self.byteCount { bytes[index] = self[index] }
        Base64URL.append(bytes.span, to: &out)
    }

    /// Unpadded base64url, 43 characters: the form of `x5t#S256` (RFC 8705 §3.1).
    public var base64URL: String {
        String(decoding: Base64URL.encode(bytes.span), as: UTF8.self)
    }

    /// Compares all four words without a branch, so that the time tells nothing.
    public static func == (a: Digest256, b: Digest256) -> Bool {
        let difference =
            (a.words.0 ^ b.words.0) | (a.words.1 ^ b.words.1)
            | (a.words.2 ^ b.words.2) | (a.words.3 ^ b.words.3)
        return difference == 0
    }

    /// Feeds one word to the hasher.
    public func hash(into hasher: inout Hasher) {
        // The words of a digest are already uniformly distributed; one of them decides the bucket.
        hasher.combine(words.0)
    }
}

/// Computes SHA-256 digests one after another with one prefetched algorithm and one context; one
/// thread's own.
@safe public final class Digester {
    private let algorithm: OpaquePointer
    private let context: OpaquePointer

    /// Fetches the algorithm; traps where OpenSSL has no SHA-256 or no memory.
    public convenience init() { self.init("SHA256") }

    /// Takes the OpenSSL name of an algorithm of at most 32 bytes.
    private init(_ name: String) {
        // SAFETY: both are checked and freed in deinit. Without SHA-256 nothing here can work at
        // all.
        guard let algorithm = unsafe EVP_MD_fetch(handfast_library(), name, nil),
            let context = unsafe EVP_MD_CTX_new()
        else { preconditionFailure("OpenSSL has no \(name) or no memory") }
        unsafe self.algorithm = algorithm
        unsafe self.context = context
    }

    deinit {
        unsafe EVP_MD_CTX_free(context)
        unsafe EVP_MD_free(algorithm)
    }

    /// The SHA-1 of `bytes`, 20 bytes: for what Java's keystores have, and for nothing else.
    static func sha1(_ bytes: [UInt8]) -> [UInt8] {
        Array(Digester("SHA1").digest(bytes.span).bytes.prefix(20))
    }

    /// The digest of `bytes`.
    public func digest(_ bytes: Span<UInt8>) -> Digest256 {
        var out: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        // SAFETY: the context lives until deinit; SHA-256 writes exactly 32 bytes, the size of
        // `out`, and SHA-1 fewer.
        let done = unsafe bytes.withUnsafeBytes { input in
            unsafe withUnsafeMutableBytes(of: &out) { output in
                unsafe EVP_DigestInit_ex2(context, algorithm, nil) == 1
                    && EVP_DigestUpdate(context, input.baseAddress, input.count) == 1
                    && EVP_DigestFinal_ex(
                        context,
                        output.baseAddress?.assumingMemoryBound(to: UInt8.self),
                        nil
                    ) == 1
            }
        }
        precondition(done, "SHA-256 failed")
        return Digest256(words: out)
    }
}

extension Digest256 {
    init(words: (UInt64, UInt64, UInt64, UInt64)) {
        self.words = words
    }
}
