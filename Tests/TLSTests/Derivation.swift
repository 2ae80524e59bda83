// SPDX-License-Identifier: Apache-2.0
import COpenSSL

/// A key derivation of OpenSSL: in the default library context, which is the slim provider's where
/// that is installed, or in the whole one.
@safe final class Derivation {
    /// A parameter of a key derivation.
    enum Parameter: Sendable {
        case mode(Int32)
        case text(String, String)
        case bytes(String, [UInt8])

        static func digest(_ name: String) -> Parameter { .text(OSSL_KDF_PARAM_DIGEST, name) }
        static func key(_ bytes: [UInt8]) -> Parameter { .bytes(OSSL_KDF_PARAM_KEY, bytes) }
        static func salt(_ bytes: [UInt8]) -> Parameter { .bytes(OSSL_KDF_PARAM_SALT, bytes) }
        static func prefix(_ text: String) -> Parameter {
            .bytes(OSSL_KDF_PARAM_PREFIX, Array(text.utf8))
        }
        static func label(_ text: String) -> Parameter {
            .bytes(OSSL_KDF_PARAM_LABEL, Array(text.utf8))
        }
        static func data(_ bytes: [UInt8]) -> Parameter { .bytes(OSSL_KDF_PARAM_DATA, bytes) }
        static func secret(_ bytes: [UInt8]) -> Parameter { .bytes(OSSL_KDF_PARAM_SECRET, bytes) }
        static func seed(_ bytes: [UInt8]) -> Parameter { .bytes(OSSL_KDF_PARAM_SEED, bytes) }
    }

    private let context: OpaquePointer

    init(_ algorithm: String, whole: Bool) throws {
        // SAFETY: a context keeps its algorithm; the algorithm's own reference is given back.
        let library = whole ? unsafe handfast_library() : nil
        let fetched = unsafe EVP_KDF_fetch(library, algorithm, nil)
        guard let algorithm = unsafe fetched else { throw ClientError("finding a derivation") }
        defer { unsafe EVP_KDF_free(algorithm) }
        guard let context = unsafe EVP_KDF_CTX_new(algorithm) else {
            throw ClientError("making a derivation")
        }
        unsafe self.context = context
    }

    deinit {
        unsafe EVP_KDF_CTX_free(context)
    }

    func reset() {
        unsafe EVP_KDF_CTX_reset(context)
    }

    /// Sets parameters without deriving.
    func set(_ parameters: [Parameter]) -> Bool {
        defer { ERR_clear_error() }
        return unsafe Self.passing(parameters) { unsafe EVP_KDF_CTX_set_params(context, $0) == 1 }
    }

    /// The derived bytes; nil where they are refused.
    func derive(_ count: Int, _ parameters: [Parameter]) -> [UInt8]? {
        defer { ERR_clear_error() }
        // One byte more, so that a derivation of nothing has somewhere to write, too.
        var out = [UInt8](repeating: 0, count: count + 1)
        // SAFETY: `count` bytes of the array are written.
        let done = unsafe Self.passing(parameters) {
            unsafe EVP_KDF_derive(context, &out, count, $0) == 1
        }
        return done && out[count] == 0 ? Array(out.prefix(count)) : nil
    }

    // SAFETY: names and values are copies that live until the call has ended.
    private static func passing(
        _ given: [Parameter],
        _ call: (UnsafePointer<OSSL_PARAM>) -> Bool
    ) -> Bool {
        var owned: [UnsafeMutableRawPointer] = unsafe []
        defer { unsafe owned.forEach { unsafe $0.deallocate() } }
        func copy(_ bytes: [UInt8]) -> UnsafeMutableRawPointer {
            let copy = unsafe UnsafeMutableRawPointer.allocate(
                byteCount: bytes.count + 1,
                alignment: 8
            )
            unsafe copy.copyMemory(from: bytes, byteCount: bytes.count)
            unsafe owned.append(copy)
            return unsafe copy
        }
        func text(_ string: String) -> UnsafeMutablePointer<CChar> {
            let copy = unsafe copy(Array(string.utf8) + [0])
            return unsafe copy.assumingMemoryBound(to: CChar.self)
        }
        var parameters = unsafe given.map { parameter in
            switch parameter {
            case .mode(let mode):
                let value = unsafe copy([UInt8](repeating: 0, count: 4))
                unsafe value.storeBytes(of: mode, as: Int32.self)
                let number = unsafe value.assumingMemoryBound(to: Int32.self)
                return unsafe OSSL_PARAM_construct_int(text(OSSL_KDF_PARAM_MODE), number)
            case .text(let name, let value):
                return unsafe OSSL_PARAM_construct_utf8_string(text(name), text(value), 0)
            case .bytes(let name, let value):
                let bytes = unsafe copy(value)
                return unsafe OSSL_PARAM_construct_octet_string(text(name), bytes, value.count)
            }
        }
        unsafe parameters.append(OSSL_PARAM_construct_end())
        return unsafe call(parameters)
    }
}
