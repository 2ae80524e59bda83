// SPDX-License-Identifier: Apache-2.0
internal import Fetch
internal import Storage

/// Where a revocation list comes from: the absolute path of a file, or an http or https URL.
package enum RevocationSource {
    static let fileRule: RegistrationText =
        "Give the path of a file, with at most \(TrustSetRecord.sourceBytesMax) bytes and no"
        + " control characters, or an http or https URL."

    /// Whether it is a file's path.
    package static func isFile(_ source: String) -> Bool { source.hasPrefix("/") }

    /// The source that `text` names: the URL as it is, or a file's path from the root on.
    ///
    /// `folder` is what a path without a leading slash begins at. Whether a file is there is not
    /// asked here.
    package static func parse(
        _ text: String,
        in folder: String
    ) throws(RegistrationError) -> String {
        if hasScheme(text) {
            // A revocation list is signed itself: RFC 5280 §8 does not want https for it.
            guard let reason = FetchURL.reasonToRefuse(text, schemes: [.https, .http]) else {
                return text
            }
            throw RegistrationError(
                .invalid(
                    .revocationSources,
                    "The revocation list \(PrintableText.escaped(text)) is refused: \(reason).",
                    remedy: ""
                )
            )
        }
        let path = absolute(text, in: folder)
        guard !text.isEmpty, TrustSetRecord.isSource(path) else {
            throw RegistrationError(finding(text, fileRule))
        }
        return path
    }

    static func finding(_ text: String, _ remedy: RegistrationText) -> RegistrationFinding {
        .invalid(
            .revocationSources,
            "The revocation list \(PrintableText.escaped(text)) is refused.",
            remedy: remedy
        )
    }

    /// `text` without `.`, `..` and double slashes; links are not looked at.
    static func absolute(_ text: String, in folder: String) -> String {
        var parts: [Substring] = []
        let whole = text.hasPrefix("/") ? text : "\(folder)/\(text)"
        for part in whole.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// Whether it begins as a URI does (RFC 3986 §3.1); a file called so needs `./` before it.
    static func hasScheme(_ text: String) -> Bool {
        guard let colon = text.firstIndex(of: ":"), let first = text.first else { return false }
        return first.isASCII && first.isLetter
            && text[..<colon].allSatisfy {
                $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0))
            }
    }
}
