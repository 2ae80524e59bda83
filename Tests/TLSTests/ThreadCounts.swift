// SPDX-License-Identifier: Apache-2.0
import COpenSSL

/// What a cache of this thread's handshakes has found, and what was made for want of it.
///
/// The thread's own: a test that does not wait stays on one thread.
struct ThreadCounts: Equatable {
    var found: UInt
    var made: UInt

    /// Reads what one of the counters in C says now.
    init(
        _ read: (UnsafeMutablePointer<UInt>?, UnsafeMutablePointer<UInt>?) -> Void
    ) {
        var (found, made): (UInt, UInt) = (0, 0)
        // SAFETY: two numbers are written.
        unsafe read(&found, &made)
        self.init(found: found, made: made)
    }

    init(found: UInt, made: UInt) {
        self.found = found
        self.made = made
    }

    /// Of the certificates that clients show.
    static var certificates: ThreadCounts {
        unsafe ThreadCounts(handfast_certificate_cache_counts)
    }

    /// Of the contexts in which signatures are made and verified.
    static var signatures: ThreadCounts {
        unsafe ThreadCounts(handfast_prepared_signatures_counts)
    }

    /// Of the keys in clients' certificates.
    static var keys: ThreadCounts {
        unsafe ThreadCounts(handfast_known_keys_counts)
    }

    static func - (a: ThreadCounts, b: ThreadCounts) -> ThreadCounts {
        ThreadCounts(found: a.found - b.found, made: a.made - b.made)
    }
}
