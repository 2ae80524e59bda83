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
    public static func failure(
        _ identity: ServerIdentity,
        versions: ClosedRange<TLSVersion>
    ) -> String? {
        // Drops the thread's prepared signing keys, which only this trial has used.
        defer { TLSContext.forgetKeys() }
        let configuration = TLSConfiguration(
            identities: [identity],
            clientCertificate: .want,
            versions: versions,
            resumption: .off,
            sessionLifetime: 1,
            sessionContext: Digest256.of([])
        )
        do throws(CryptographyError) {
            let context = try TLSContext(configuration, outbox: Outbox())
            var failures: [(version: TLSVersion, reason: String)] = []
            for version in TLSVersion.allCases.reversed() where versions.contains(version) {
                guard let reason = failure(context, version) else { continue }
                failures.append((version, reason))
            }
            return text(failures, versions)
        } catch {
            return "TLS does not take it: \(error.reason)"
        }
    }

    private static func failure(_ context: TLSContext, _ version: TLSVersion) -> String? {
        // SAFETY: the context lives during the call, which frees all that it makes.
        let end = unsafe handfast_handshake_trial(context.standard.handle, version.code)
        switch end {
        case HANDFAST_TRIAL_DONE: return nil
        case HANDFAST_TRIAL_CLIENT_FAILED: return "a client: " + TLSError.taking("").reason
        default: return "the server: " + TLSError.taking("").reason
        }
    }

    private static func text(
        _ failures: [(version: TLSVersion, reason: String)],
        _ versions: ClosedRange<TLSVersion>
    ) -> String? {
        guard let first = failures.first else { return nil }
        if failures.count == 2, let last = failures.last {
            return first.reason == last.reason
                ? "no handshake succeeds with it, in TLS 1.2 or 1.3: \(first.reason)"
                : "no handshake succeeds with it, in TLS 1.3: \(first.reason); in TLS 1.2: "
                    + last.reason
        }
        guard versions.lowerBound < versions.upperBound else {
            return "no handshake succeeds with it: \(first.reason)"
        }
        let (works, remedy) =
            switch first.version {
            case .tls12: (TLSVersion.tls13, "tls.minimum_version to 1.3")
            case .tls13: (TLSVersion.tls12, "tls.maximum_version to 1.2")
            }
        return "it works in TLS \(works.rawValue) only, and not in TLS \(first.version.rawValue):"
            + " \(first.reason); use another one, or set \(remedy)"
    }
}
