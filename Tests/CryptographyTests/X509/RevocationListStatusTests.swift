// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing

/// Why a list that is well formed does not count.
@Suite struct RevocationListStatusTests {
    let openssl: OpenSSLCommand
    let root: Certificate
    let now: Int64

    private static let day: Int64 = 86_400

    init() throws {
        openssl = try OpenSSLCommand()
        try openssl.ca("root", subject: "/O=Handfast/CN=Root")
        root = try openssl.certificate("root")
        now = root.notBefore + 2 * Self.day
    }

    private func list(
        by ca: String = "root",
        from start: Int64 = -day,
        until end: Int64 = day
    ) throws -> RevocationList {
        try RevocationList.one(
            try openssl.revocationList("l", by: ca, from: now + start, until: now + end)
        )
    }

    private func reason(_ list: RevocationList, _ anchors: [Certificate]? = nil) -> String {
        list.status(under: anchors ?? [root], now: now).reason ?? "it counts"
    }

    @Test func `a current list of a CA counts`() throws {
        #expect(try list().status(under: [root], now: now) == .counts)
    }

    @Test func `a list decides for a path with its CA, ended ones too, and no other does`() throws {
        try openssl.ca("other", subject: "/O=Handfast/CN=Other")
        try openssl.ca("forger", subject: "/O=Handfast/CN=Root")
        try openssl.leaf("end", by: "root", subject: "/CN=end")
        let path = [try openssl.certificate("end"), root]
        func decides(_ lists: [RevocationList], _ anchors: [Certificate]) -> Bool {
            let revocation = Revocation(mode: .soft, lists: lists)
            return revocation.decides(path, anchors: anchors, now: now)
        }
        #expect(decides([try list()], [root]))
        #expect(decides([try list(until: -1)], [root]))
        #expect(!decides([], [root]))
        #expect(!decides([try list(from: 301)], [root]))
        #expect(!decides([try list(by: "other")], [root, try openssl.certificate("other")]))
        // Another key of the same name counts where it is an anchor, too.
        let forged = try list(by: "forger")
        #expect(!decides([forged], [root]))
        #expect(decides([forged], [root, try openssl.certificate("forger")]))
    }

    @Test func `one that has ended or not begun does not count now`() throws {
        #expect(reason(try list(until: -1)).hasPrefix("it ended at "))
        #expect(reason(try list(from: 301)).hasPrefix("it begins at "))
        #expect(reason(try list(from: 300)) == "it counts")
        let ended = try list(until: -1)
        guard case .notNow = ended.status(under: [root], now: now) else {
            Issue.record("it does now")
            return
        }
        #expect(ended.status(under: [root], now: now - 2) == .counts)
    }

    @Test func `one of another CA counts for intermediates at most`() throws {
        try openssl.ca("other", subject: "/O=Handfast/CN=Other")
        let foreign = try list(by: "other")
        #expect(reason(foreign).hasPrefix("it is of CN=Other,O=Handfast, which is no CA of"))
        #expect(reason(foreign, [root, try openssl.certificate("other")]) == "it counts")
        guard case .unknownIssuer = foreign.status(under: [root], now: now) else {
            Issue.record("its issuer is known")
            return
        }
    }

    @Test func `one of a namesake with another key never counts`() throws {
        try openssl.ca("forger", subject: "/O=Handfast/CN=Root")
        let forged = try list(by: "forger")
        guard case .never(let reason) = forged.status(under: [root], now: now) else {
            Issue.record("it counts")
            return
        }
        #expect(reason.hasPrefix("it is not signed by CN=Root,O=Handfast"))
        let both = [root, try openssl.certificate("forger")]
        #expect(forged.status(under: both, now: now) == .counts)
    }

    @Test func `a CA that may not sign lists is named as such`() throws {
        let mute = try openssl.selfSigned(
            "mute",
            subject: "/O=Handfast/CN=Root",
            extensions: ["keyUsage=critical,keyCertSign"]
        )
        let issuer = try CertificateFile.certificate(in: mute)
        guard case .never(let reason) = try list(by: "mute").status(under: [issuer], now: now)
        else {
            Issue.record("it counts")
            return
        }
        #expect(reason.contains("(cRLSign)"), "\(reason)")
    }
}
