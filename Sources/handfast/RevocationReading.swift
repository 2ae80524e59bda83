// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Fetch
internal import Server
internal import Storage

/// The revocation lists of a trust set as they are now, for a command that judges like the server.
struct RevocationReading {
    /// What decides about revocation; nil where the trust set says nothing of it.
    let revocation: Revocation?
    /// What could not be read, and why.
    private(set) var failures: [String] = []
    /// Lists that do not count, and why.
    private(set) var notCounting: [String] = []

    /// Reads every source of `trustSet`; one that fails is left out and named.
    ///
    /// `sent` are the certificates that a client sends along, whose lists may be there too.
    init(_ trustSet: TrustSetRecord, sent: [Certificate], now: Int64) {
        guard let mode = Revocation.Mode(rawValue: trustSet.revocation) else {
            revocation = nil
            return
        }
        let anchors = (try? TrustSetRules.anchors(trustSet)) ?? []
        var lists: [RevocationList] = []
        for source in trustSet.sources {
            do {
                let read = try RevocationListSource.read(source, FetchPolicy(seconds: 10))
                lists += read
                for list in read {
                    let standing = list.standing(under: anchors, now: now)
                    if case .unknownIssuer = standing, sent.contains(where: list.isSigned(by:)) {
                        continue
                    }
                    guard let reason = standing.reason else { continue }
                    notCounting.append("\(source): \(reason)")
                }
            } catch {
                failures.append("\(source): \(RevocationListSource.reason(error))")
            }
        }
        revocation = Revocation(mode: mode, lists: lists)
    }
}

/// A file of revocation lists, as a command that names it looks at it.
struct RevocationFile {
    let path: String
    let lists: [RevocationList]

    /// Reads the whole file; throws what it has instead of lists.
    init(_ path: String) throws {
        self.path = path
        do {
            // The policy is for URLs.
            lists = try RevocationListSource.read(path, FetchPolicy(seconds: 0))
        } catch let error as RevocationListError {
            throw Refusal("\(Output.printable(path)): \(error.description)")
        } catch {
            throw Refusal(
                "\(Output.printable(path)): \(RevocationListSource.reason(error)). Let it be read "
                    + "by those whom the server runs as."
            )
        }
    }

    /// Throws for a list that never counts under `anchors`, and warns of one that does not now.
    func check(under anchors: [Certificate], mode: String, now: Int64) throws {
        for list in lists {
            let standing = list.standing(under: anchors, now: now)
            if case .never(let reason) = standing {
                throw Refusal("\(Output.printable(path)): The list does not count: \(reason).")
            }
            warn(standing, mode: mode)
        }
    }

    /// Warns of each list that does not count under `anchors`.
    func warn(under anchors: [Certificate], mode: String, now: Int64) {
        for list in lists { warn(list.standing(under: anchors, now: now), mode: mode) }
    }

    private func warn(_ standing: RevocationList.Standing, mode: String) {
        guard let reason = standing.reason else { return }
        var text = "\(Output.printable(path)): a list does not count: \(Output.printable(reason))"
        if case .notNow = standing, mode == RevocationChoice.hard.rawValue {
            text += "; hard refuses the clients of its CA as long as none does"
        }
        Output.warn(text)
    }
}
