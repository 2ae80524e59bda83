// SPDX-License-Identifier: Apache-2.0
internal import COpenSSL
internal import Cryptography

/// A trial handshake with a server's key and certificate, before clients depend on them.
///
/// Costs some milliseconds for each version. Whether a client trusts the certificate is not
/// checked.
public enum HandshakeTrial {
    /// Why a handshake fails in a version that is spoken; nil if none does.
    ///
    /// Names the versions and the side that refuses, as `in TLS 1.2: the server: no shared cipher`.
    public static func failure(_ identity: ServerIdentity, allowsTLS12: Bool) -> String? {
        // Drops the thread's prepared signing keys, which only this trial has used.
        defer { TLSContext.forgetKeys() }
        let configuration = TLSConfiguration(
            identities: [identity],
            clientCertificate: .want,
            allowsTLS12: allowsTLS12,
            resumption: .off,
            sessionLifetime: 1,
            sessionContext: Digest256.of([])
        )
        do throws(CryptographyError) {
            let context = try TLSContext(configuration, outbox: Outbox())
            var failures: [(version: String, reason: String)] = []
            for (name, code) in versions where allowsTLS12 || code != TLS1_2_VERSION {
                guard let reason = failure(context, code) else { continue }
                failures.append((name, reason))
            }
            return text(failures, allowsTLS12: allowsTLS12)
        } catch {
            return "TLS does not take it: \(error.reason)"
        }
    }

    private static let versions = [("1.3", TLS1_3_VERSION), ("1.2", TLS1_2_VERSION)]

    private static func failure(_ context: TLSContext, _ version: Int32) -> String? {
        // SAFETY: the context lives during the call, which frees all that it makes.
        let end = unsafe handfast_handshake_trial(context.standard.handle, version)
        switch end {
        case HANDFAST_TRIAL_DONE: return nil
        case HANDFAST_TRIAL_CLIENT_FAILED: return "a client: " + TLSError.taking("").reason
        default: return "the server: " + TLSError.taking("").reason
        }
    }

    private static func text(
        _ failures: [(version: String, reason: String)],
        allowsTLS12: Bool
    ) -> String? {
        guard let first = failures.first else { return nil }
        if failures.count == 2, let last = failures.last {
            return first.reason == last.reason
                ? "no handshake succeeds with it, in TLS 1.2 or 1.3: \(first.reason)"
                : "no handshake succeeds with it, in TLS 1.3: \(first.reason); in TLS 1.2: "
                    + last.reason
        }
        guard allowsTLS12 else { return "no handshake succeeds with it: \(first.reason)" }
        let works = first.version == "1.2" ? "1.3" : "1.2"
        let remedy = works == "1.3" ? "; use another one, or set tls.minimum_version to 1.3" : ""
        return "it works in TLS \(works) only, and not in TLS \(first.version): \(first.reason)"
            + remedy
    }
}
