// SPDX-License-Identifier: Apache-2.0
package import Cryptography
package import Storage

/// The current revocation lists of a trust set, as the server would use them.
package struct RevocationReading: Sendable {
    /// The revocation mode with its lists; nil where the trust set has revocation off.
    package let revocation: Revocation?
    /// The sources that could not be read, with the reasons.
    package private(set) var failures: [String] = []
    /// Lists that do not count, and why.
    package private(set) var notCounting: [String] = []

    /// Reads every source of `trustSet` by `read`; one that fails is left out and named.
    ///
    /// `sent` are the certificates that a client sends along, whose lists may be there too. Blocks
    /// as long as `read` does.
    package init(
        _ trustSet: TrustSetRecord,
        sent: [Certificate],
        now: Int64,
        read: (String) throws(RevocationSourceError) -> [RevocationList]
    ) {
        guard let mode = Revocation.Mode(rawValue: trustSet.revocation) else {
            revocation = nil
            return
        }
        let anchors = (try? TrustSetRules.anchors(trustSet)) ?? []
        var lists: [RevocationList] = []
        for source in trustSet.sources {
            do throws(RevocationSourceError) {
                let found = try read(source)
                lists += found
                for list in found {
                    let status = list.status(under: anchors, now: now)
                    if case .unknownIssuer = status, sent.contains(where: list.isSigned(by:)) {
                        continue
                    }
                    guard let reason = status.reason else { continue }
                    notCounting.append("\(source): \(reason)")
                }
            } catch {
                failures.append("\(source): \(error.description)")
            }
        }
        revocation = Revocation(mode: mode, lists: lists)
    }
}

/// Why a source of revocation lists gave none, without its name, which the caller puts before.
package struct RevocationSourceError: Error, Sendable, CustomStringConvertible {
    package let description: String
    /// Whether there is something, and no lists are in it.
    package let isContent: Bool

    package init(_ description: String, isContent: Bool) {
        (self.description, self.isContent) = (description, isContent)
    }

    /// With what to do about a file that cannot be read.
    package var advice: String {
        isContent
            ? description : "\(description). Let the user that the server runs as read it."
    }
}
