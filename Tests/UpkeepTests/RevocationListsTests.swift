// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Fetch
import Logging
import Reactor
import Storage
import Telemetry
import TestSupport
import Testing
import Text

@testable import Upkeep

/// The revocation lists of trust sets, with the test as their sources, their workers and the main
/// thread.
final class RevocationListsTests {
    private struct Away: Error, CustomStringConvertible {
        let description: String
    }

    private static let source = "http://a.example/root.crl"
    private static let interval: UInt64 = 3_600_000

    private let files = HeldJobs()
    private let urls = HeldJobs()
    /// The content of sources, by name; a missing one does not answer.
    private let bodies = Lock<[String: [UInt8]]>([:])
    private let lines = RecordedLog.Lines()
    private let wakes = Wakes()
    private let lists: RevocationLists

    init() {
        let (bodies, wakes) = (bodies, wakes)
        lists = RevocationLists(
            files: files.submit,
            urls: urls.submit,
            read: { source, _ in
                guard let body = bodies.withLock({ $0[source] }) else {
                    throw Away(description: "away")
                }
                return try RevocationList.read(body)
            },
            clock: WallClock(),
            log: lines.logger,
            wake: { wakes.wake() }
        )
    }

    private func set(
        _ mode: String = "soft",
        _ sources: [String] = [source],
        caCertificates: [[UInt8]] = [RevocationVectors.root]
    ) throws -> RegistryContents.TrustSet {
        RegistryContents.TrustSet(
            record: TrustSetRecord(
                name: "set",
                caCertificates: caCertificates,
                sources: sources,
                revocation: mode,
                created: 1
            ),
            verifier: try ChainVerifier(anchors: caCertificates.map { try Certificate(der: $0) })
        )
    }

    private func publish(_ list: [UInt8]?, at source: String = source) {
        bodies.withLock { $0[source] = list }
    }

    private func tick(_ now: UInt64) -> Bool {
        lists.runDue(FetchPolicy(), interval: Self.interval, now: now)
    }

    /// Has every source read that is due at `now`; whether that changed any list.
    private func refresh(_ now: UInt64) -> Bool {
        _ = tick(now)
        files.run()
        urls.run()
        return tick(now)
    }

    /// The lists by which `set` goes.
    private var held: [RevocationList] { lists.revocations()["set"]?.lists ?? [] }

    private func isHeld(_ vector: [UInt8]) throws -> Bool {
        try held.map(\.digest) == RevocationList.read(vector).map(\.digest)
    }

    // MARK: taking over

    @Test func `a list is taken over at once, and asked for again after the interval`() throws {
        publish(RevocationVectors.olderList)
        lists.update(["set": try set()])
        #expect(!tick(0) && urls.count == 1 && files.count == 0)
        #expect(!tick(1) && urls.count == 1)
        #expect(held.isEmpty && wakes.take() == 0)
        urls.run()
        #expect(wakes.take() == 1)
        #expect(tick(10))
        #expect(try isHeld(RevocationVectors.olderList))
        let said = lines.take()
        #expect(said.map(\.message) == ["revocation list taken over"])
        #expect(said.first?.metadata["source"] == Self.source)
        #expect(said.first?.metadata["entries"] == "0")
        #expect(lists.counts(now: 1_796_083_200) == (1, 0))
        #expect(lists.counts(now: 2_200_000_000) == (1, 1))
        let list = try RevocationList.read(RevocationVectors.olderList)[0]
        let end = RevocationListEnd(
            source: Self.source,
            issuer: list.issuer,
            nextUpdate: list.nextUpdate,
            trustSets: ["set"]
        )
        #expect(lists.ends == [end])
        #expect(!tick(9 + Self.interval) && urls.count == 0)
        #expect(!tick(10 + Self.interval) && urls.count == 1)
        publish(RevocationVectors.newerList)
        urls.run()
        #expect(tick(20 + Self.interval))
        #expect(try isHeld(RevocationVectors.newerList))
    }

    @Test func `the same list is no news, and stays the object that knows who has signed it`()
        throws
    {
        publish(RevocationVectors.olderList)
        lists.update(["set": try set()])
        #expect(refresh(0))
        let first = try #require(held.first)
        #expect(first.isProven)
        _ = lines.take()
        lists.refreshAll()
        #expect(!refresh(10))
        #expect(held.count == 1 && held.first === first)
        #expect(lines.take().isEmpty)
        publish(RevocationVectors.newerList)
        lists.refreshAll()
        #expect(refresh(20))
        #expect(held.count == 1 && held.first !== first)
    }

    @Test func `until every source was tried, the mode is hard`() throws {
        let other = "http://b.example/crl"
        publish(RevocationVectors.olderList)
        lists.update(["set": try set("soft", [Self.source, other])])
        #expect(lists.revocations()["set"]?.mode == .hard && lists.isWaiting)
        #expect(!tick(0) && urls.count == 2)
        #expect(lists.revocations()["set"]?.mode == .hard)
        urls.run()
        #expect(tick(1))
        // The other one has failed: that counts as tried.
        #expect(lists.revocations()["set"]?.mode == .soft && !lists.isWaiting)
        lists.update(["set": try set("hard", [Self.source, other])])
        #expect(lists.revocations()["set"]?.mode == .hard)
        lists.update(["set": try set("off", [])])
        #expect(lists.revocations().isEmpty)
    }

    @Test func `a file is looked at more often, and read where it is another one`() throws {
        let scratch = try Scratch()
        let path = try scratch.file("root.crl", "one")
        publish(RevocationVectors.olderList, at: path)
        lists.update(["set": try set("soft", [path])])
        #expect(refresh(0) && urls.count == 0)
        #expect(try isHeld(RevocationVectors.olderList))
        _ = wakes.take()
        publish(RevocationVectors.newerList, at: path)
        #expect(!tick(1_999) && files.count == 0)
        // As it was: it is not even read. When it is looked at again is counted from the wake on.
        #expect(!refresh(2_000))
        #expect(try isHeld(RevocationVectors.olderList))
        #expect(wakes.take() == 1)
        _ = try scratch.file("root.crl", "another")
        #expect(refresh(4_000))
        #expect(try isHeld(RevocationVectors.newerList))
    }

    // MARK: refusing

    @Test(
        arguments: [
            (RevocationVectors.olderList, "it is older than the one in use"),
            (RevocationVectors.endedList, "it is older than the one in use"),
            (RevocationVectors.foreignList, "it has no list of"),
            (RevocationVectors.forgedList, "it is not signed by"),
            (Array(RevocationVectors.newerList.dropLast(9)), nil),
            (nil, "away"),
        ] as [([UInt8]?, String?)]
    )
    func `what must not take a good list's place does not`(body: [UInt8]?, reason: String?) throws {
        publish(RevocationVectors.newerList)
        lists.update(["set": try set()])
        #expect(refresh(0))
        _ = lines.take()
        publish(body)
        lists.refreshAll()
        #expect(!refresh(10))
        #expect(try isHeld(RevocationVectors.newerList))
        let said = lines.take()
        #expect(said.map(\.level) == [.error])
        #expect(
            said.first?.message
                == "a revocation list cannot be had; the last good one stays until it ends"
        )
        #expect(said.first?.metadata["trust_sets"] == "set")
        if let reason { #expect(said.first?.metadata["reason"]?.contains(reason) == true) }
        // Told once, and tried again sooner than usual.
        #expect(!tick(5_009) && urls.count == 0)
        #expect(!refresh(5_010))
        #expect(lines.take().isEmpty)
        #expect(!tick(15_009) && urls.count == 0)
        publish(RevocationVectors.newerList)
        #expect(!refresh(15_010))
        #expect(lines.messages() == ["a source of revocation lists answers again"])
    }

    @Test func `a source that fails is told with the trust sets that have it, and no others`()
        throws
    {
        var sets = ["other": try set("soft", ["http://b.example/other.crl"])]
        for number in 10..<30 { sets["set-\(number)"] = try set() }
        publish(RevocationVectors.foreignList, at: "http://b.example/other.crl")
        lists.update(sets)
        _ = refresh(0)
        let said = lines.take().filter { $0.message.contains("cannot be had") }
        let names = (10..<26).map { "set-\($0)" }.joined(separator: " ")
        #expect(said.map { $0.metadata["trust_sets"] } == ["\(names) and 4 more"])
    }

    @Test func `a list in another's name is refused where there is none yet`() throws {
        publish(RevocationVectors.forgedList)
        lists.update(["set": try set()])
        // The source was tried: that is news, and no list is.
        #expect(refresh(0))
        #expect(held.isEmpty)
        let message = "a revocation list cannot be had yet; hard revocation refuses its clients"
        #expect(lines.messages() == [message])
    }

    @Test func `the lists of both issuers of a source must stay`() throws {
        let caCertificates = [RevocationVectors.root, RevocationVectors.otherRoot]
        publish(pem([RevocationVectors.newerList, RevocationVectors.foreignList]))
        lists.update(["set": try set(caCertificates: caCertificates)])
        #expect(refresh(0))
        #expect(held.count == 2)
        for one in [RevocationVectors.newerList, RevocationVectors.foreignList] {
            publish(one)
            lists.refreshAll()
            #expect(!refresh(10))
            #expect(held.count == 2)
        }
        publish(pem([RevocationVectors.foreignList, RevocationVectors.newerList]))
        lists.refreshAll()
        _ = refresh(20)
        #expect(held.count == 2)
    }

    @Test func `a list of nobody in the set is told, and no reason to forget others`() throws {
        publish(RevocationVectors.foreignList)
        lists.update(["set": try set()])
        #expect(refresh(0))
        #expect(
            lines.messages() == [
                "revocation list taken over",
                "the issuer of a revocation list is no CA of its trust set",
            ]
        )
        // The list has no signer's proof.
        #expect(held.first?.isProven == false)
        publish(RevocationVectors.olderList)
        lists.refreshAll()
        #expect(refresh(10))
        #expect(try isHeld(RevocationVectors.olderList))
    }

    // MARK: ends

    @Test func `a list that has ended is told once, and goes on to revoke`() throws {
        publish(RevocationVectors.endedList)
        lists.update(["set": try set("hard")])
        #expect(refresh(0))
        #expect(try isHeld(RevocationVectors.endedList))
        let words = "a revocation list has ended; hard revocation refuses its clients"
        #expect(lines.messages(from: .warning) == [words])
        #expect(!tick(10))
        lists.refreshAll()
        #expect(!refresh(20))
        #expect(lines.take().isEmpty)
        publish(RevocationVectors.newerList)
        lists.refreshAll()
        #expect(refresh(30))
        #expect(lines.take(from: .warning).isEmpty)
    }

    @Test func `a source goes with its trust set, and begins anew with another`() throws {
        publish(RevocationVectors.olderList)
        lists.update(["set": try set()])
        #expect(!tick(0) && urls.count == 1)
        lists.update([:])
        urls.run()
        #expect(!tick(1))
        #expect(lists.counts(now: 0) == (0, 0) && lists.revocations().isEmpty)
        #expect(lists.ends.isEmpty)
        #expect(!lists.isWaiting && lines.take().isEmpty)
        // The result of an earlier fetch is dropped for a set that came meanwhile.
        lists.update(["set": try set()])
        #expect(!tick(2) && urls.count == 1)
        lists.update([:])
        lists.update(["set": try set(caCertificates: [RevocationVectors.otherRoot])])
        publish(RevocationVectors.foreignList)
        #expect(!tick(3) && urls.count == 2)
        publish(RevocationVectors.olderList)
        urls.runFirst()
        #expect(!tick(4))
        #expect(held.isEmpty && lists.revocations()["set"]?.mode == .hard)
        publish(RevocationVectors.foreignList)
        urls.run()
        #expect(tick(5))
        #expect(try isHeld(RevocationVectors.foreignList))
    }

    @Test func `a source that two sets name stays until both have gone`() throws {
        publish(RevocationVectors.olderList)
        lists.update(["set": try set(), "second": try set("hard")])
        #expect(refresh(0))
        #expect(lists.ends.map(\.trustSets) == [["second", "set"]])
        lists.update(["set": try set()])
        #expect(try isHeld(RevocationVectors.olderList))
        #expect(!tick(1) && urls.count == 0)
        // Without lists, another set is none of them.
        lists.update(["set": try set("off", [])])
        #expect(lists.counts(now: 0) == (0, 0))
    }

    @Test func `a reload while a source is read has it read once more, and no oftener`() throws {
        publish(RevocationVectors.olderList)
        lists.update(["set": try set()])
        #expect(!tick(0) && urls.count == 1)
        lists.refreshAll()
        lists.refreshAll()
        #expect(!tick(1) && urls.count == 1)
        urls.run()
        publish(RevocationVectors.newerList)
        #expect(tick(2) && urls.count == 1)
        urls.run()
        #expect(tick(3) && urls.count == 0)
        #expect(try isHeld(RevocationVectors.newerList))
        #expect(!tick(2 + Self.interval) && urls.count == 0)
        // Without one there is no second reading.
        #expect(!tick(3 + Self.interval) && urls.run() == 1)
        #expect(!tick(4 + Self.interval) && urls.count == 0)
    }

    @Test func `a full queue is tried again with the next tick`() throws {
        publish(RevocationVectors.olderList)
        lists.update(["set": try set()])
        urls.fill(true)
        #expect(!tick(0) && urls.count == 0)
        urls.fill(false)
        #expect(refresh(1))
    }

    private func pem(_ lists: [[UInt8]]) -> [UInt8] {
        lists.flatMap { list in
            let text = String(decoding: Base64.encode(list.span), as: UTF8.self)
            let lines = stride(from: 0, to: text.count, by: 64).map {
                String(text.dropFirst($0).prefix(64))
            }
            let body = lines.joined(separator: "\n")
            return Array("-----BEGIN X509 CRL-----\n\(body)\n-----END X509 CRL-----\n".utf8)
        }
    }
}
