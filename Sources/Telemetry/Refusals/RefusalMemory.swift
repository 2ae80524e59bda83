// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Reactor

/// The latest refusals of one reactor: refused requests in one ring, failed handshakes in another,
/// so that those who cannot finish a handshake do not push out refused clients.
///
/// The reactor writes, others read; each ring has a lock, which only a refusal and a short piece of
/// a reading take. A stranger can fill every slot, and no more: an entry of a request takes at most
/// `callBytesMax`, and one of a handshake at most `handshakeBytesMax`.
package final class RefusalMemory: Sendable {
    /// Four times a usual certificate; a longer one is not kept.
    package static let certificateBytesMax = 4_096
    /// A sentence about a chain with two names in it; it is cut there.
    package static let detailBytesMax = 1_024
    /// The entry's own texts: a client_id of 128 bytes, each of which may stand as a replacement
    /// character of three, and the detail; the rest is fixed.
    package static let callBytesMax = certificateBytesMax + detailBytesMax + 3 * 128 + 512
    /// OpenSSL's longest reason has some seventy bytes.
    package static let handshakeBytesMax = 256

    /// The entries that a reading looks at under a lock: some microseconds of a reactor's time.
    private static let stepMax = 64

    private struct KeptCertificate {
        let der: [UInt8]
        var uses: Int
    }

    private struct Calls {
        var latest: LatestEntries<RefusedCall>
        /// One copy for all entries with the same certificate.
        var certificates: [Digest256: KeptCertificate] = [:]
    }

    private let calls: Lock<Calls>
    private let handshakes: Lock<LatestEntries<FailedHandshake>>
    private let isKept: Bool

    /// Empty rings of `max` slots each; 0 for none.
    package init(max: Int) {
        isKept = max > 0
        let slots = Swift.max(max, 1)
        calls = Lock(Calls(latest: LatestEntries(capacity: slots)))
        handshakes = Lock(LatestEntries(capacity: slots))
    }

    /// Keeps a refused request in place of the oldest; `certificate` gives the DER of the client's
    /// own certificate, and is asked only for one that is not kept yet.
    package func record(_ call: RefusedCall, certificate: () -> [UInt8]?) {
        guard isKept else { return }
        calls.withLock { calls in
            let der = Self.keep(call, in: &calls, certificate)
            guard let old = calls.latest.append(call.with(certificate: der)) else { return }
            Self.release(old, in: &calls)
        }
    }

    /// Keeps a failed handshake in place of the oldest.
    package func record(_ handshake: FailedHandshake) {
        guard isKept else { return }
        handshakes.withLock { _ = $0.append(handshake) }
    }

    /// The latest refused requests that match, newest first, at most `limit`.
    ///
    /// Linear in all that are kept. Blocks no reactor for long.
    package func calls(
        _ limit: Int,
        where matches: (RefusedCall) -> Bool = { _ in true }
    ) -> [RefusedCall] {
        Self.latest(limit) { before, room in
            calls.withLock {
                $0.latest.step(before: before, look: Self.stepMax, room: room, where: matches)
            }
        }
    }

    /// The same of failed handshakes.
    package func handshakes(
        _ limit: Int,
        where matches: (FailedHandshake) -> Bool = { _ in true }
    ) -> [FailedHandshake] {
        Self.latest(limit) { before, room in
            handshakes.withLock {
                $0.step(before: before, look: Self.stepMax, room: room, where: matches)
            }
        }
    }

    /// The number of certificates that are kept.
    var certificateCount: Int { calls.withLock { $0.certificates.count } }

    // MARK: certificates

    private static func keep(
        _ call: RefusedCall,
        in calls: inout Calls,
        _ certificate: () -> [UInt8]?
    ) -> [UInt8]? {
        guard let thumbprint = call.thumbprint else { return nil }
        if let kept = calls.certificates[thumbprint] {
            calls.certificates[thumbprint]?.uses += 1
            return kept.der
        }
        guard let der = certificate(), der.count <= certificateBytesMax else { return nil }
        calls.certificates[thumbprint] = KeptCertificate(der: der, uses: 1)
        return der
    }

    private static func release(_ call: RefusedCall, in calls: inout Calls) {
        guard let thumbprint = call.thumbprint, call.certificate != nil,
            let kept = calls.certificates[thumbprint]
        else { return }
        if kept.uses > 1 {
            calls.certificates[thumbprint]?.uses -= 1
        } else {
            calls.certificates[thumbprint] = nil
        }
    }

    // MARK: reading

    /// The entries of all steps; `step` takes the number to go back from and the room that is left.
    private static func latest<Entry>(
        _ limit: Int,
        _ step: (Int, Int) -> LatestEntries<Entry>.Step
    ) -> [Entry] {
        var found: [Entry] = []
        var before = Int.max
        while found.count < limit {
            let next = step(before, limit - found.count)
            found += next.entries
            guard let end = next.end else { break }
            before = end
        }
        return found
    }
}
