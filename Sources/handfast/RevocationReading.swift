internal import Cryptography
internal import Fetch
internal import Server
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
                lists += try RevocationListSource.read(source, FetchPolicy(seconds: 10))
            } catch {
                failures.append("\(source): \(error)")
            }
        }
        revocation = Revocation(mode: mode, lists: lists)
    }
}
