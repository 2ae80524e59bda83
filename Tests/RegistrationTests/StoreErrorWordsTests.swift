// SPDX-License-Identifier: Apache-2.0
import Storage
import Testing

@testable import Registration

/// The store's failures to sentences: the problem as it is, and what the command line can do.
struct StoreErrorWordsTests {
    /// A word of the remedy that only this kind has.
    private static func word(_ kind: StoreError.Kind) -> String {
        switch kind {
        case .unavailable: "check that it is there"
        case .commitUnknown: "look whether the change is there"
        case .readOnly: "run as the owner of the data directory"
        case .reader: "at a node that writes"
        case .busy: "find the process"
        case .full: "free space"
        case .outOfMemory: "`ulimit -v`"
        case .inputOutput: "then start again"
        case .corrupt: "restore it from a backup, or move it away"
        case .newerVersion: "use that version"
        case .olderVersion: "restart the server"
        case .locked: "stop that one first"
        case .directory: "a directory that you may write"
        case .foreignDirectory: "`sudo -u`"
        case .foreignFile: "`chown"
        case .replaced: "put that file back"
        case .notFile: "put the file itself in its place"
        case .notEmpty: "name an empty directory"
        case .alreadyExists: "choose another, or change"
        case .notFound: "see `handfast "
        case .ambiguous: "give the client_id"
        case .moved: "give --store, with"
        case .conflict: "look at it again"
        case .inUse: "--trust-set NAME"
        case .invalid: "correct the value"
        case .unaudited: "`handfast audit renew`"
        }
    }

    @Test(arguments: StoreError.Kind.allCases)
    func `every kind has a remedy of its own, behind the problem`(_ kind: StoreError.Kind) {
        let sentence = StoreError(kind, "it is so").sentence
        #expect(sentence.hasPrefix("it is so; "))
        #expect(!sentence.contains("\n") && !sentence.hasSuffix("."))
        for other in StoreError.Kind.allCases {
            #expect(sentence.contains(Self.word(other)) == (other == kind), "\(other)")
        }
    }

    @Test func `the owner of what cannot be written is told of modes, and a node of its role`() {
        let own = StoreError(.readOnly, "it cannot be written").sentence
        #expect(own.contains("700 of the directory and 600 of its files"))
        let shared = StoreError(.readOnly, "it cannot be written", of: .sharedStore).sentence
        #expect(shared.hasSuffix("; give the role the rights that Documentation/fleet.md names"))
    }

    @Test func `what is missing or taken is looked for by the command of its sort`() {
        for (subject, listing, taken) in [
            (StoreError.Subject.client, "client", "`handfast client update`"),
            (.user, "user", "`handfast user password`"),
            (.trustSet, "trust-set", "`handfast trust-set update`"),
            (.key, "key", "another kid"), (.adminToken, "admin-token", "remove that one first"),
            (.certificate, "client", "each certificate once"),
        ] {
            let missing = StoreError(.notFound, "there is none", of: subject)
            #expect(missing.sentence == "there is none; see `handfast \(listing) list`")
            let second = StoreError(.alreadyExists, "there is one", of: subject)
            #expect(second.sentence.contains(taken), "\(subject)")
        }
    }

    @Test func `a failure that is none of the store's says its own words`() {
        let error: any Error = StoreError(.full, "the disk is full")
        #expect(
            StoreError.sentence(of: error) == "the disk is full; free space on that disk, then"
                + " try again"
        )
        struct Other: Error, CustomStringConvertible { let description = "something else" }
        #expect(StoreError.sentence(of: Other()) == "something else")
    }

    @Test func `a busy file is named for fuser, and nothing else is`() {
        let busy = StoreError(.busy, "it is busy", of: .file("/data/handfast.db"))
        #expect(busy.sentence.hasSuffix("find the process with `fuser /data/handfast.db`"))
        #expect(!StoreError(.busy, "it is busy", of: .client).sentence.contains("fuser"))
    }
}
