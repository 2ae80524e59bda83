// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL
internal import Text

/// Unguessable bytes from OpenSSL's generator.
public enum RandomBytes {
    /// `count` fresh bytes; throws where the system gives no entropy, and then nothing may be
    /// issued.
    public static func make(_ count: Int) throws(CryptographyError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        try fill(&bytes)
        return bytes
    }

    /// Overwrites all of `bytes`.
    public static func fill(_ bytes: inout [UInt8]) throws(CryptographyError) {
        let count = bytes.count
        // SAFETY: OpenSSL writes exactly `count` bytes, the array's length.
        let done = unsafe bytes.withUnsafeMutableBufferPointer {
            unsafe RAND_bytes_ex(handfast_library(), $0.baseAddress, count, 256)
        }
        guard done == 1 else { throw .last("random bytes") }
    }

    /// `count` fresh bytes as a text in Base64url.
    public static func base64URL(_ count: Int) throws(CryptographyError) -> String {
        let bytes = try make(count)
        return String(decoding: Base64URL.encode(bytes.span), as: UTF8.self)
    }

    /// A text of `count` letters and digits, each chosen uniformly.
    public static func alphanumeric(_ count: Int) throws(CryptographyError) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
        var out: [UInt8] = []
        while out.count < count {
            // Rejection sampling: 248 is the largest multiple of 62 in a byte; bytes above it would
            // favour the first letters.
            for byte in try make(count * 2) where byte < 248 && out.count < count {
                out.append(alphabet[Int(byte) % 62])
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}

/// A reserve of random bytes, filled a page at a time: one thread's own.
///
/// A call to OpenSSL's generator costs more than a kept-alive request's parsing; a reserve divides
/// that by hundreds.
public struct RandomReserve: ~Copyable {
    private var bytes: [UInt8]
    private var used: Int

    /// An empty reserve: the first use fills it.
    public init() {
        bytes = [UInt8](repeating: 0, count: 4096)
        used = bytes.count
    }

    /// Appends `count` bytes, at most 64, that were never given out before and are erased from the
    /// reserve.
    public mutating func append(_ count: Int, to out: inout [UInt8]) throws(CryptographyError) {
        precondition(count > 0 && count <= 64)
        if bytes.count - used < count {
            try RandomBytes.fill(&bytes)
            used = 0
        }
        for index in used..<used + count {
            out.append(bytes[index])
            bytes[index] = 0
        }
        used += count
    }
}
