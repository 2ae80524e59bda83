// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Logging
internal import Reactor
internal import TLS

/// Looks whether certificates and keys of the server have been renewed in place.
///
/// The main thread's own. Files are told by what `stat` says of where their paths lead, so that a
/// symbolic link that is turned elsewhere counts too. They are read when they have stood still for
/// one interval: certificate and key are seldom written in the same moment.
struct ServerPairWatch {
    /// Two checks, and the trial handshakes of a pair, come to less than ten seconds.
    static let interval: UInt64 = 2_000

    private struct Watched {
        let pair: CertificatePair
        var served: ServedPair
        /// The files' stamps at the last check; nil before the first.
        var last: [FileStamp?]?
        /// The files' stamps when they were last read.
        var read: [FileStamp?]?
        /// The last refusal that was logged, with the content that was refused.
        var told: (content: Digest256?, reason: String)?
    }

    private let versions: ClosedRange<TLSVersion>
    private let conflict: (_ keyTypes: [String]) -> String?
    private var watched: [Watched]
    private var next: UInt64 = 0

    /// `served` are the files of `pairs`, in their order; `conflict` says what keeps pairs with
    /// keys of these kinds from being served together.
    init(
        _ pairs: [CertificatePair],
        _ served: [ServedPair],
        versions: ClosedRange<TLSVersion>,
        conflict: @escaping (_ keyTypes: [String]) -> String?
    ) {
        self.versions = versions
        self.conflict = conflict
        watched = zip(pairs, served).map { Watched(pair: $0, served: $1) }
    }

    /// The pairs in force, in their order.
    var served: [ServedPair] { watched.map(\.served) }

    /// The pairs to serve from now on; nil where none has changed for the better.
    ///
    /// Blocks for reading, and for a trial handshake in each version with a renewed pair. A pair
    /// that cannot be served leaves the one in force, and the log says so once for each content.
    mutating func renewed(now: UInt64, log: Logger) -> [ServedPair]? {
        guard now >= next else { return nil }
        next = now + Self.interval
        var all = watched.map(\.served)
        var renewed: [Int] = []
        for index in watched.indices where hasSettled(index) {
            guard let served = reread(index, log) else { continue }
            all[index] = served
            renewed.append(index)
        }
        guard !renewed.isEmpty else { return nil }
        if let reason = conflict(all.map(\.identity.keyType)) {
            for index in renewed {
                refuse(index, all[index].digest, reason, isHalfDone: false, log)
            }
            return nil
        }
        for index in renewed {
            watched[index].served = all[index]
            watched[index].told = nil
        }
        return all
    }

    /// Whether the files differ from those that were read, and have not changed since the last
    /// check.
    private mutating func hasSettled(_ index: Int) -> Bool {
        let pair = watched[index].pair
        let stamps = [pair.certificate, pair.key].map { try? DataFile.stamp($0) }
        defer { watched[index].last = stamps }
        // A pipe gives its content once, and reading it again would wait.
        guard stamps != watched[index].read, stamps.allSatisfy({ $0?.isRegular != false }) else {
            return false
        }
        return stamps == watched[index].last
    }

    /// Reads the pair again; nil where its content is the one in force, or cannot be served.
    private mutating func reread(_ index: Int, _ log: Logger) -> ServedPair? {
        let pair = watched[index].pair
        watched[index].read = watched[index].last
        var content: Digest256?
        do throws(CertificatePairError) {
            let files = try PairFiles(pair)
            content = files.digest
            guard content != watched[index].served.digest else {
                if watched[index].told != nil {
                    log.notice(
                        "the files of a certificate are those in use again",
                        metadata: ["name": "\(pair.name)"]
                    )
                }
                watched[index].told = nil
                return nil
            }
            return try ServedPair.judge(pair, files, versions: versions)
        } catch {
            refuse(index, content, error.description, isHalfDone: error.isHalfDone, log)
            return nil
        }
    }

    private mutating func refuse(
        _ index: Int,
        _ content: Digest256?,
        _ reason: String,
        isHalfDone: Bool,
        _ log: Logger
    ) {
        if let told = watched[index].told, told.content == content, told.reason == reason { return }
        watched[index].told = (content, reason)
        log.log(
            level: isHalfDone ? .warning : .error,
            isHalfDone
                ? "a renewed certificate waits for its key, or a key for its certificate"
                : "a renewed certificate cannot be used; the old one stays",
            metadata: ["name": "\(watched[index].pair.name)", "reason": "\(reason)"]
        )
    }
}
