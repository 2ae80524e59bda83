// SPDX-License-Identifier: Apache-2.0
import COpenSSL

@testable import Cryptography

/// How often this thread's handshakes took a shortcut, and how often OpenSSL had to do the work.
///
/// The thread's own: a test that does not wait stays on one thread.
struct ThreadCounts: Equatable {
    var found: UInt
    var made: UInt

    init(found: UInt, made: UInt) {
        self.found = found
        self.made = made
    }

    /// The present values of the counter in C.
    init(_ shortcut: Shortcut) {
        (found, made) = (0, 0)
        // SAFETY: two numbers are written.
        unsafe handfast_shortcut_counts(shortcut.code, &found, &made)
    }

    /// Of the certificates that clients show.
    static var certificates: ThreadCounts { ThreadCounts(.parsedCertificates) }

    /// Of the contexts in which signatures are made and verified.
    static var signatures: ThreadCounts { ThreadCounts(.preparedSignatures) }

    /// Of the keys in clients' certificates.
    static var keys: ThreadCounts { ThreadCounts(.knownKeys) }

    /// Of the keys that TLS derives.
    static var derivations: ThreadCounts { ThreadCounts(.keyDerivations) }

    static func - (a: ThreadCounts, b: ThreadCounts) -> ThreadCounts {
        ThreadCounts(found: a.found - b.found, made: a.made - b.made)
    }
}
