// SPDX-License-Identifier: Apache-2.0
package import Cryptography
package import Fetch
internal import Reactor

/// Reads revocation lists from where they come from: the absolute path of a file, or an http or
/// https URL.
package enum RevocationListSource {
    /// A person waits for it.
    private static let secondsForCommands = 10

    /// All lists that `source` has now; blocks, for workers and commands.
    ///
    /// Of `policy` count the time, the CAs, and what is not about lists.
    package static func read(_ source: String, _ policy: FetchPolicy) throws -> [RevocationList] {
        try RevocationList.read(bytes(source, policy))
    }

    /// The same for commands; a URL has ten seconds.
    package static func lists(
        _ source: String
    ) throws(RevocationSourceError) -> [RevocationList] {
        do {
            return try read(source, FetchPolicy(seconds: secondsForCommands))
        } catch {
            throw RevocationSourceError(
                reason(error),
                isContent: error is RevocationListError
            )
        }
    }

    /// Whether it is a file's path.
    package static func isFile(_ source: String) -> Bool { RevocationSource.isFile(source) }

    /// Why `read` threw, without the name of the source: the caller puts it before that.
    package static func reason(_ error: any Error) -> String {
        (error as? SystemError).map { "it cannot be read: \($0.reason)" } ?? "\(error)"
    }

    private static func bytes(_ source: String, _ policy: FetchPolicy) throws -> [UInt8] {
        guard !isFile(source) else {
            return try DataFile.read(source, upTo: RevocationList.fileBytesMax)
        }
        var policy = policy
        policy.schemes = [.https, .http]
        policy.bytesMax = RevocationList.derBytesMax
        // The operator has named it, and its content is signed; where it points is not.
        policy.allowsPrivateAddresses = true
        policy.redirectsMax = 0
        return try Fetch.get(source, accept: "application/pkix-crl", policy: policy)
    }
}
