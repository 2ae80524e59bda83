// SPDX-License-Identifier: Apache-2.0
package import Storage
package import Text

/// The files of revocation lists and of bundles that a trust set's document names, read before the
/// set is written: a file system that hangs holds up whoever names it, and no other program's
/// transaction.
package struct TrustSetFiles {
    /// No files, for a document without revocation lists.
    package static let none = TrustSetFiles()

    /// The content of each source, by the document's words for it.
    private(set) var found: [String: (source: String?, file: RevocationFile?)] = [:]
    /// The bundle that the document names, where `old` has another source.
    private(set) var bundle: SPIFFEBundleSource.Named?
    private(set) var findings: [RegistrationFinding] = []
    private(set) var warnings: [RegistrationWarning] = []

    private init() {}

    /// Reads what `document`, a patch or a whole one, names and `old` does not; relative paths
    /// begin in `folder`.
    ///
    /// Blocks.
    package init(
        of document: JSONValue,
        besides old: TrustSetRecord?,
        in folder: String = "/",
        now: Int64
    ) {
        let known = old?.sources ?? []
        var files = RegistrationFiles(now: now, in: folder)
        // Others than arrays of texts are refused with the rest of the document.
        if case .array(let values)? = document[RegistrationField.revocationSources.rawValue] {
            for text in values.compactMap(\.text) where !known.contains(text) {
                if found[text] == nil { found[text] = files.revocationSource(text) }
            }
        }
        (findings, warnings) = (files.findings, files.warnings)
        let source = document[RegistrationField.spiffeBundle.rawValue]?.text
        guard let source, source != old?.spiffe?.source else { return }
        do throws(RegistrationError) {
            bundle = try SPIFFEBundleSource.read(source, in: folder)
        } catch {
            findings += error.findings
        }
    }
}
