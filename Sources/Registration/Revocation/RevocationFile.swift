// SPDX-License-Identifier: Apache-2.0
package import Cryptography

/// A file of revocation lists, as whoever names it for a trust set should know it.
package struct RevocationFile: Sendable {
    package let path: String
    package let lists: [RevocationList]

    /// The lists that were found in the file at `path`.
    package init(_ path: String, lists: [RevocationList]) {
        (self.path, self.lists) = (path, lists)
    }

    /// Lists that never count under `anchors`.
    func findings(under anchors: [Certificate], now: Int64) -> [RegistrationFinding] {
        lists.compactMap { list in
            guard case .never(let reason) = list.standing(under: anchors, now: now) else {
                return nil
            }
            return .unusable(
                .revocationSources,
                about: path,
                "The list does not count: \(reason)."
            )
        }
    }

    /// What there is to say of each list that does not count under `anchors` now.
    func warnings(
        under anchors: [Certificate],
        mode: String,
        now: Int64
    ) -> [RegistrationWarning] {
        lists.compactMap { list in
            let standing = list.standing(under: anchors, now: now)
            guard let reason = standing.reason else { return nil }
            var text =
                "\(PrintableText.escaped(path)): a list does not count:"
                + " \(PrintableText.escaped(reason))"
            if case .notNow = standing, mode == RevocationChoice.hard.rawValue {
                text += "; hard refuses the clients of its CA as long as none does"
            }
            return RegistrationWarning(.revocationSources, text)
        }
    }
}
