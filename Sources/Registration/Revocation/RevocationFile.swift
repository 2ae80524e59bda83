// SPDX-License-Identifier: Apache-2.0
package import Cryptography
internal import Reactor

/// A file of revocation lists, as whoever names it for a trust set should know it.
package struct RevocationFile: Sendable {
    package let path: String
    package let lists: [RevocationList]

    /// The lists that were found in the file at `path`.
    package init(_ path: String, lists: [RevocationList]) {
        (self.path, self.lists) = (path, lists)
    }

    /// Reads the lists that are in the file at `path`; blocks.
    package init(reading path: String) throws(RevocationSourceError) {
        self.init(path, lists: try RevocationListSource.lists(path))
    }

    /// The readable files among `sources`; a warning for each existing one that cannot be read.
    package static func existing(
        _ sources: [String]
    ) -> (files: [RevocationFile], warnings: [RegistrationWarning]) {
        var (files, warnings): ([RevocationFile], [RegistrationWarning]) = ([], [])
        for source in sources where RevocationSource.isFile(source) && DataFile.exists(source) {
            do throws(RevocationSourceError) {
                files.append(try RevocationFile(reading: source))
            } catch {
                warnings.append(.init(.revocationSources, about: source, error.advice))
            }
        }
        return (files, warnings)
    }

    /// Lists that never count under `anchors`.
    func findings(under anchors: [Certificate], now: Int64) -> [RegistrationFinding] {
        lists.compactMap { list in
            guard case .never(let reason) = list.status(under: anchors, now: now) else {
                return nil
            }
            return .unusable(
                .revocationSources,
                about: path,
                "The list does not count: \(reason)."
            )
        }
    }

    /// A warning for each list that does not count under `anchors` now.
    func warnings(
        under anchors: [Certificate],
        mode: String,
        now: Int64
    ) -> [RegistrationWarning] {
        lists.compactMap { list in
            let status = list.status(under: anchors, now: now)
            guard let reason = status.reason else { return nil }
            var text =
                "\(PrintableText.escaped(path)): a list does not count:"
                + " \(PrintableText.escaped(reason))"
            if case .notNow = status, mode == RevocationChoice.hard.rawValue {
                text += "; hard refuses the clients of its CA until there is one that counts"
            }
            return RegistrationWarning(.revocationSources, text)
        }
    }
}
