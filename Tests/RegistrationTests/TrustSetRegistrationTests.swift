// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Registration
import Storage
import TestSupport
import Testing
import Text

struct TrustSetRegistrationTests {
    private func made(
        _ name: String = "internal",
        _ write: (inout TrustSetChange) throws -> Void = { _ in }
    ) throws -> TrustSetRegistration {
        var change = TrustSetChange()
        change.caCertificates = [RevocationVectors.root]
        try write(&change)
        return try TrustSetRegistration.new(name, change, at: Vectors.now)
    }

    private func changed(
        _ set: TrustSetRecord,
        _ write: (inout TrustSetChange) throws -> Void
    ) throws -> TrustSetRegistration {
        var change = TrustSetChange()
        try write(&change)
        return try TrustSetRegistration.changed(set, by: change, at: Vectors.now)
    }

    private static func file(_ list: [UInt8], _ path: String = "/ca.crl") throws -> RevocationFile {
        RevocationFile(path, lists: try RevocationList.read(list))
    }

    @Test(arguments: ["A", "a.b_c-9", String(repeating: "x", count: 64)])
    func `a name that can be typed is accepted`(_ name: String) throws {
        #expect(try made(name).set.name == name)
        try TrustSetRegistration.check(name: name)
    }

    @Test(arguments: [
        "", "two words", "a/b", "café", "a\nb", String(repeating: "x", count: 65), "*",
    ])
    func `another name is refused`(_ name: String) {
        #expect(thrownFindings { try made(name) }.map(\.field) == [.trustSetName])
        #expect(thrownFindings { try TrustSetRegistration.check(name: name) }.count == 1)
    }

    @Test func `sixteen CAs and sources are accepted, one more is not`() throws {
        let sources = (0..<17).map { "https://crl.example/\($0)" }
        #expect(try made { $0.sources = Array(sources.dropLast()) }.set.sources.count == 16)
        #expect(
            thrownFindings { try made { $0.sources = sources } }.map(\.field) == [
                .revocationSources
            ]
        )
        let many = (0..<17).map { [UInt8($0)] }
        #expect(
            thrownFindings { try made { $0.caCertificates = many } }.first?.words.contains("16")
                == true
        )
        #expect(
            thrownFindings { try made { $0.caCertificates = [] } }.map(\.field) == [.caCertificates]
        )
        #expect(
            thrownFindings { try made { $0.caCertificates = [[1, 2]] } }.map(\.kind) == [.unusable]
        )
        let twice = thrownFindings {
            try made { $0.caCertificates = [RevocationVectors.root, RevocationVectors.root] }
        }
        #expect(twice.map(\.field) == [.caCertificates])
        let again = thrownFindings { try made { $0.sources = [sources[0], sources[0]] } }
        #expect(again.first?.words.contains("once") == true)
    }

    @Test func `what follows from lists`() throws {
        let source = "https://crl.example/a"
        #expect(try made().set.revocation == "off")
        let listed = try made { $0.sources = [source] }.set
        #expect(listed.revocation == "hard")
        for choice in RevocationChoice.allCases {
            let said = try made {
                $0.sources = [source]
                $0.revocation = choice.rawValue
            }
            #expect(said.set.revocation == choice.rawValue)
            // Another list changes nothing of that, none ends it.
            let other = try changed(said.set) { $0.sources = [source + "2"] }
            #expect(other.set.revocation == choice.rawValue)
            #expect(try changed(said.set) { $0.sources = [] }.set.revocation == "off")
        }
        #expect(try changed(made().set) { $0.sources = [source] }.set.revocation == "hard")
        for choice in ["soft", "hard"] {
            #expect(
                thrownFindings { try made { $0.revocation = choice } }.map(\.field) == [.revocation]
            )
            let none = thrownFindings {
                try changed(listed) {
                    $0.sources = []
                    $0.revocation = choice
                }
            }
            #expect(none.first?.words.contains("needs a revocation list") == true)
        }
        let unknown = thrownFindings { try made { $0.revocation = "some" } }
        #expect(unknown.first?.words.contains("off, soft, hard") == true)
    }

    @Test func `a day until which certificates for servers are accepted`() throws {
        for (day, last) in [("2026-12-01", "2026-12-01"), ("2028-01-05", "2028-01-05")] {
            let set = try made { $0.serverAuthDay = day }.set
            #expect(set.serverAuthUntil.map(ServerAuthPermission.day(of:)) == last)
            let ended = try changed(set) { $0.endsServerAuth = true }.set
            #expect(ended.serverAuthUntil == nil)
            // The permission stays when another value is changed.
            #expect(
                try changed(set) { $0.caCertificates = [RevocationVectors.otherRoot] }.set
                    .serverAuthUntil != nil
            )
        }
        for (day, word) in [
            ("tomorrow", "YYYY-MM-DD"), ("2027-02-30", "YYYY-MM-DD"), ("", "YYYY-MM-DD"),
            ("2026-11-30", "over"), ("2028-01-06", "400 days"), ("9999-12-31", "400 days"),
        ] {
            let findings = thrownFindings { try made { $0.serverAuthDay = day } }
            #expect(findings.map(\.field) == [.serverAuthUntil])
            #expect(findings.first?.words.contains(word) == true, "\(day)")
        }
    }

    @Test func `everything that is wrong is said at once, and nothing said is nothing`() {
        let findings = thrownFindings {
            try made("no name") {
                $0.caCertificates = []
                $0.revocation = "some"
                $0.serverAuthDay = "never"
                $0.sources = ["relative"]
            }
        }
        #expect(
            Set(findings.map(\.field))
                == [
                    .trustSetName, .caCertificates, .revocation, .serverAuthUntil,
                    .revocationSources,
                ]
        )
        #expect(TrustSetChange().isEmpty)
    }

    @Test func `a list that never counts is refused, one that does not now is warned of`() throws {
        func registered(_ list: [UInt8], _ mode: String? = nil) throws -> TrustSetRegistration {
            try made {
                $0.sources = ["/ca.crl"]
                $0.files = [try Self.file(list)]
                $0.revocation = mode
            }
        }
        #expect(try registered(RevocationVectors.newerList).warnings.isEmpty)
        let ended = try registered(RevocationVectors.endedList).warnings
        #expect(ended.count == 1 && ended[0].text.contains("hard refuses"))
        #expect(
            try !registered(RevocationVectors.endedList, "soft").warnings[0].text.contains(
                "hard refuses"
            )
        )
        let foreign = try registered(RevocationVectors.foreignList).warnings
        #expect(foreign.first?.text.contains("no CA of the trust set") == true)
        let findings = thrownFindings { try registered(RevocationVectors.forgedList) }
        #expect(findings.map(\.kind) == [.unusable] && findings.first?.about == "/ca.crl")
        #expect(findings.first?.words.contains("not signed by") == true)
    }

    @Test func `lists that a set keeps are looked at under its new CAs`() throws {
        let set = try made {
            $0.sources = ["/ca.crl"]
            $0.files = [try Self.file(RevocationVectors.newerList)]
        }.set
        let files = [try Self.file(RevocationVectors.newerList)]
        var change = TrustSetChange()
        change.caCertificates = [RevocationVectors.otherRoot]
        let turned = try TrustSetRegistration.changed(set, by: change, at: Vectors.now).set
        func warnings(_ set: TrustSetRecord, _ change: TrustSetChange) -> [RegistrationWarning] {
            TrustSetRegistration.warningsOfKeptLists(
                in: set,
                after: change,
                files,
                now: Vectors.now
            )
        }
        #expect(warnings(turned, change).count == 1)
        #expect(warnings(set, change).isEmpty)
        // A change of other values asks nothing.
        #expect(warnings(turned, TrustSetChange()).isEmpty)
    }

    @Test func `an older list in place of a newer one is warned of`() throws {
        let set = try made { $0.sources = ["/new.crl"] }.set
        func warnings(_ files: [RevocationFile]) throws -> [String] {
            var change = TrustSetChange()
            change.sources = files.map(\.path)
            change.files = files
            return TrustSetRegistration.warningsOfOlderLists(
                in: set,
                after: change,
                before: [try Self.file(RevocationVectors.newerList, "/new.crl")],
                now: Vectors.now
            ).map(\.text)
        }
        let older = try Self.file(RevocationVectors.olderList, "/old.crl")
        #expect(try warnings([older]).first?.contains("accepted again") == true)
        let newer = try Self.file(RevocationVectors.newerList, "/copy.crl")
        #expect(try warnings([older, newer]).first?.contains("stays in force") == true)
        #expect(try warnings([newer]).isEmpty)
    }

    @Test func `an old set can be changed where it is right`() throws {
        let old = TrustSetRecord(
            name: "old set",
            caCertificates: [[1, 2, 3]],
            sources: ["relative"],
            revocation: "some",
            created: 1
        )
        let until = try changed(old) { $0.serverAuthDay = "2026-12-24" }
        #expect(until.set.serverAuthUntil != nil)
        #expect(
            thrownFindings { try changed(old) { $0.revocation = "any" } }.map(\.field) == [
                .revocation
            ]
        )
        #expect(
            thrownFindings { try changed(old) { $0.caCertificates = [[4]] } }.map(\.field) == [
                .caCertificates
            ]
        )
    }

    @Test func `a set for programs`() throws {
        let set = try made {
            $0.sources = ["/ca.crl", "https://crl.example/a", "/gone.crl"]
            $0.serverAuthDay = "2026-12-24"
        }.set
        let lists = RevocationListInformation.all(of: set, now: Vectors.now) {
            source throws(RevocationSourceError) in
            guard source == "/ca.crl",
                let lists = try? RevocationList.read(RevocationVectors.newerList)
            else {
                throw RevocationSourceError("it cannot be read", isContent: false)
            }
            return lists
        }
        let value = TrustSetInformation.value(set, clients: 3, lists: lists)
        #expect(value["name"]?.text == "internal" && value["revocation"]?.text == "hard")
        #expect(value["clients"] == .integer(3) && value["created_at"] == .integer(Vectors.now))
        #expect(value["allow_server_auth_until"]?.text == "2026-12-24")
        #expect(value["crl"]?.texts == set.sources)
        guard case .array(let shown) = value["crl_lists"] else { return #expect(Bool(false)) }
        #expect(shown.map { $0["counts"] } == [.boolean(true), nil, .boolean(false)])
        #expect(shown[2]["reason"]?.text?.contains("/gone.crl: it cannot be read.") == true)
        #expect(TrustSetInformation.value(set)["clients"] == nil)
    }
}

struct RevocationSourceTests {
    @Test func `a path is kept from the root on`() throws {
        for (text, path) in [
            ("/a/b.crl", "/a/b.crl"), ("b.crl", "/home/me/b.crl"), ("./b.crl", "/home/me/b.crl"),
            ("../b.crl", "/home/b.crl"), ("/a//b/./c/../d", "/a/b/d"), ("../../../x", "/x"),
            ("./http:x", "/home/me/http:x"),
        ] {
            #expect(try RevocationSource.parse(text, in: "/home/me") == path)
            #expect(RevocationSource.isFile(path))
        }
    }

    @Test func `a URL is kept as it is`() throws {
        for url in ["http://crl.example/a.crl", "https://crl.example:8443/a?b=c"] {
            #expect(try RevocationSource.parse(url, in: "/") == url)
            #expect(!RevocationSource.isFile(url))
        }
    }

    @Test(arguments: [
        "", "ftp://crl.example/a", "file:///etc/crl", "http:crl", "https://", "http:///a",
        "https://u:p@crl.example/", "https://crl.example/#x", "https://crl.example/ a", "/a\nb",
        "/" + String(repeating: "x", count: 3000),
        "https://crl.example/" + String(repeating: "x", count: 3000), "/", ".",
    ])
    func `another text is refused`(_ text: String) {
        let findings = thrownFindings { try RevocationSource.parse(text, in: "/") }
        #expect(findings.map(\.field) == [.revocationSources])
    }

    @Test func `lists are read, and errors of sources are named`() throws {
        var set = TrustSetRecord(
            name: "a",
            caCertificates: [RevocationVectors.root],
            sources: ["/a", "/b", "/c"],
            revocation: "hard",
            created: 0
        )
        let contents = ["/a": RevocationVectors.newerList, "/b": RevocationVectors.foreignList]
        func reading() -> RevocationReading {
            RevocationReading(set, sent: [], now: Vectors.now) {
                source throws(RevocationSourceError) in
                guard let bytes = contents[source], let lists = try? RevocationList.read(bytes)
                else { throw RevocationSourceError("it is gone", isContent: false) }
                return lists
            }
        }
        let found = reading()
        #expect(found.revocation?.mode == .hard && found.revocation?.lists.count == 2)
        #expect(found.failures == ["/c: it is gone"])
        #expect(found.notCounting.count == 1 && found.notCounting[0].hasPrefix("/b: "))
        set.revocation = "off"
        #expect(reading().revocation == nil && reading().failures.isEmpty)
    }
}
