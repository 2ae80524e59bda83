// SPDX-License-Identifier: Apache-2.0
package import Fetch
package import OAuth
internal import Reactor
package import Storage

/// Where a SPIFFE bundle comes from: the absolute path of a file, or an https URL.
package enum SPIFFEBundleSource {
    /// A bundle that somebody names for a trust set: its source, and what is in it if it is a file.
    package struct Named: Sendable {
        package let source: String
        /// Nil for a URL, which the server fetches and whoever registers does not.
        package let bundle: SPIFFEBundle?

        package init(source: String, bundle: SPIFFEBundle?) {
            self.source = source
            self.bundle = bundle
        }
    }

    /// Whether it is a file's path.
    package static func isFile(_ source: String) -> Bool { RevocationSource.isFile(source) }

    /// The source that `text` names, with what is in it if it is a file; blocks.
    ///
    /// A path without a leading slash begins in `folder`, without one in the working directory.
    package static func read(
        _ text: String,
        in folder: String? = nil
    ) throws(RegistrationError) -> Named {
        let shown = PrintableText.escaped(text)
        if RevocationSource.hasScheme(text) {
            guard let reason = FetchURL.reasonToRefuse(text, schemes: [.https]) else {
                return Named(source: text, bundle: nil)
            }
            throw RegistrationError(
                .invalid(
                    .spiffeBundle,
                    "The SPIFFE bundle \(shown) is refused: \(reason).",
                    remedy: ""
                )
            )
        }
        let path = RevocationSource.absolute(text, in: folder ?? Folder.current)
        guard !text.isEmpty, SPIFFEBundleRecord.isSource(path) else {
            throw RegistrationError(
                .invalid(
                    .spiffeBundle,
                    "The SPIFFE bundle \(shown) is refused.",
                    remedy: "Give the path of a file, with at most"
                        + " \(TrustSetRecord.sourceBytesMax) bytes and no control characters, or"
                        + " an https URL."
                )
            )
        }
        do {
            let bytes = try DataFile.read(path, upTo: SPIFFEBundle.bytesMax)
            return Named(source: path, bundle: try SPIFFEBundle(bytes.span))
        } catch {
            throw RegistrationError(.unusable(.spiffeBundle, about: path, reason(error)))
        }
    }

    /// The bytes that `source` has now; blocks, for workers.
    ///
    /// Of `policy` count the time, the CAs, and what is not about bundles.
    package static func bytes(_ source: String, _ policy: FetchPolicy) throws -> [UInt8] {
        guard !isFile(source) else {
            return try DataFile.read(source, upTo: SPIFFEBundle.bytesMax)
        }
        var policy = policy
        policy.schemes = [.https]
        policy.bytesMax = SPIFFEBundle.bytesMax
        // The operator has named it, as the URL of a revocation list; where it points is not.
        policy.allowsPrivateAddresses = true
        policy.redirectsMax = 0
        return try Fetch.get(source, accept: "application/json", policy: policy)
    }

    /// Why a bundle cannot be had, without the name of its source: the caller puts it before that.
    package static func reason(_ error: any Error) -> String {
        (error as? SystemError).map { "it cannot be read: \($0.reason)" } ?? "\(error)"
    }
}
