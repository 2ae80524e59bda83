internal import Cryptography
internal import Fetch
internal import Reactor
internal import Store

/// The revocation lists of a trust set as they are now, for a command that judges like the server.
struct RevocationReading {
    /// What decides about revocation; nil where the trust set says nothing of it.
    let revocation: Revocation?
    /// What could not be read, and why.
    private(set) var failures: [String] = []

    /// Reads every source of `trustSet`; one that fails is left out and named.
    init(_ trustSet: TrustSetRecord) {
        guard let mode = Revocation.Mode(rawValue: trustSet.revocation) else {
            revocation = nil
            return
        }
        var lists: [RevocationList] = []
        for source in trustSet.sources {
            do {
                lists += try RevocationList.read(Self.bytes(source))
            } catch {
                failures.append("\(source): \(error)")
            }
        }
        revocation = Revocation(mode: mode, lists: lists)
    }

    private static func bytes(_ source: String) throws -> [UInt8] {
        let limit = RevocationList.derBytesMax
        guard !source.hasPrefix("/") else {
            return try DataFile.read(source, upTo: RevocationList.fileBytesMax)
        }
        let policy = FetchPolicy(
            schemes: [.https, .http],
            bytesMax: limit,
            seconds: 10,
            redirectsMax: 0,
            allowsPrivateAddresses: true,
            allowed: [],
            authorities: nil
        )
        return try Fetch.get(source, accept: "application/pkix-crl", policy: policy)
    }
}
