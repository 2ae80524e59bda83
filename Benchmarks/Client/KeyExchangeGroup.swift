// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL

/// The group in which a client agrees on keys (RFC 8446 §4.2.7): the only one it has a share of.
///
/// The cost of a group is OpenSSL's, and groups differ by a third of a handshake: only rows of one
/// group compare.
enum KeyExchangeGroup: String, Codable, CaseIterable, Sendable {
    case x25519 = "X25519"
    /// X25519 with ML-KEM-768 (draft-ietf-tls-ecdhe-mlkem), from OpenSSL 3.5 on.
    case hybrid = "X25519MLKEM768"

    /// The client's groups, the one with the share first.
    ///
    /// TLS 1.2 takes a server's certificate by them too (RFC 8422 §5.1), and those of the servers
    /// that are measured are on P-256.
    var offered: String { self == .x25519 ? "X25519:P-256" : rawValue }

    /// Whether the OpenSSL of this program has it.
    var isThere: Bool {
        // SAFETY: the context is owned here and freed before this returns; the name is a C string
        // for the time of the call.
        guard let context = unsafe SSL_CTX_new(TLS_client_method()) else { return false }
        defer { unsafe SSL_CTX_free(context) }
        let isThere = unsafe handfast_ssl_ctx_set_groups(context, rawValue) == 1
        _ = OpenSSLErrors.take()
        return isThere
    }
}
