// SPDX-License-Identifier: Apache-2.0
import CLinux
import COpenSSL
import Glibc
import Testing

@testable import Benchmarks

@Suite struct ClientTests {
    @Test(arguments: KeyKind.allCases)
    func `a generated certificate and its key belong together`(kind: KeyKind) throws {
        let identity = try CertificateFactory.identity(kind, commonName: "a client")
        _ = try LoadedIdentity(identity)
        let other = try CertificateFactory.identity(kind, commonName: "a client")
        #expect(identity.certificate != other.certificate)
        let mixed = Identity(certificate: identity.certificate, privateKey: other.privateKey)
        #expect(throws: LoadedIdentity.LoadError.mismatch) { _ = try LoadedIdentity(mixed) }
    }

    @Test func `a client's certificate can be that of a CA`() throws {
        let issuer = try CertificateFactory.identity(.ec, commonName: "a CA")
        let identity = try CertificateFactory.identity(
            .rsa,
            commonName: "a client",
            isCA: false,
            issuer: issuer
        )
        let (loaded, authority) = (try LoadedIdentity(identity), try LoadedIdentity(issuer))
        let stranger = try LoadedIdentity(
            try CertificateFactory.identity(.ec, commonName: "a CA")
        )
        // SAFETY: the objects live until this function ends.
        unsafe #expect(X509_verify(loaded.certificate, authority.key) == 1)
        unsafe #expect(X509_verify(loaded.certificate, stranger.key) != 1)
        unsafe #expect(X509_check_issued(authority.certificate, loaded.certificate) == X509_V_OK)
        withExtendedLifetime((loaded, authority, stranger)) {}
        _ = OpenSSLErrors.take()
    }

    @Test func `a group that this OpenSSL has is offered alone, and no other`() throws {
        #expect(KeyExchangeGroup.x25519.isThere)
        let target = Target(host: "127.0.0.1", port: 1, path: "/")
        for group in KeyExchangeGroup.allCases {
            func context() throws -> Bool {
                _ = try ClientContext(
                    version: .v13,
                    group: group,
                    trust: .anything,
                    identities: [],
                    target: target,
                    serverName: ""
                )
                return true
            }
            if group.isThere {
                #expect(try context())
            } else {
                #expect(throws: BenchmarkError.self) { _ = try context() }
            }
        }
    }

    @Test func `files that are no certificate, no key, or not there are refused by name`() throws {
        let folder = try TemporaryFolder()
        let identity = try CertificateFactory.identity(.ec, commonName: "c")
        let other = try CertificateFactory.identity(.ec, commonName: "d")
        let (cert, key, stranger) = (
            folder.path("c.pem"), folder.path("k.pem"), folder.path("o.pem")
        )
        try Files.write(identity.certificate, to: cert)
        try Files.write(identity.privateKey, to: key)
        try Files.write(other.privateKey, to: stranger)
        _ = try Identity(certificateFile: cert, keyFile: key)
        for (certificate, privateKey, reason) in [
            (key, key, "is not a PEM certificate"), (cert, cert, "PEM private key"),
            (cert, stranger, "does not belong"), (folder.path("x"), key, "No such file"),
        ] {
            let error = try #require(throws: BenchmarkError.self) {
                _ = try Identity(certificateFile: certificate, keyFile: privateKey)
            }
            #expect(error.description.contains(reason))
        }
    }

    @Test func `a target that is down is refused before any load`() throws {
        let target = Target(host: "127.0.0.1", port: try FreePort.choose(), path: "/")
        let plan = LoadPlan(
            target: target,
            endpoint: try Endpoint(target),
            identities: [],
            bodies: [""],
            mix: Mix(only: .full)
        )
        let error = try #require(throws: BenchmarkError.self) { _ = try Probe.check(plan) }
        #expect(error.description.contains("nothing listens there"))
    }

    @Test func `of several addresses the first that takes a connection is loaded`() throws {
        let listener = unsafe handfast_listen("127.0.0.1", 0, 16, 0)
        try #require(listener >= 0)
        defer { close(listener) }
        let port = UInt16(handfast_local_port(listener))
        let target = Target(host: "localhost", port: port, path: "/")
        for addresses in [["127.0.0.1"], ["127.0.0.2", "127.0.0.1"], ["127.0.0.1", "127.0.0.2"]] {
            let descriptor = try Endpoint(addresses, of: target).connect(blocking: true)
            #expect(descriptor >= 0, "\(addresses)")
            close(descriptor)
        }
        for addresses in [["127.0.0.2"], ["127.0.0.2", "127.0.0.3"]] {
            #expect(try Endpoint(addresses, of: target).connect(blocking: true) == -ECONNREFUSED)
        }
        #expect(throws: BenchmarkError.self) { try Endpoint([], of: target) }
    }

    @Test func `a load on a target that is down ends by itself, with the reason`() throws {
        let target = Target(host: "127.0.0.1", port: try FreePort.choose(), path: "/")
        var plan = LoadPlan(
            target: target,
            endpoint: try Endpoint(target),
            identities: [],
            bodies: [""],
            mix: Mix(only: .full)
        )
        plan.duration = 30
        let error = try #require(throws: BenchmarkError.self) { _ = try LoadThreads.run(plan) }
        #expect(error.description.contains("failed in a row"))
    }

    @Test func `a client id is read from a client information response`() throws {
        #expect(try Registration.clientID(in: #"{"client_id":"x y","client_secret":"s"}"#) == "x y")
        #expect(throws: BenchmarkError.self) { _ = try Registration.clientID(in: "client_id: x") }
    }

    @Test func `the quick ladder has every client and version, the formats once`() {
        let cells = LadderCell.all(
            .quick,
            formats: TokenFormat.allCases,
            versions: TLSVersion.allCases
        )
        #expect(cells.count == 3 * 3 * 2 + 2)
        #expect(cells.count { $0.format == .sealed } == 1)
        let all = LadderCell.all(
            .thorough,
            formats: TokenFormat.allCases,
            versions: TLSVersion.allCases
        )
        #expect(all.count == 3 * 3 * 2 * 3)
        let one = LadderCell.all(.smoke, formats: [.jwt], versions: [.v12])
        #expect(one.map(\.work) == Work.allCases)
        #expect(one.allSatisfy { $0.version == .v12 && $0.kind == .rsa })
    }

    @Test func `a child's exit status, output and errors come back`() throws {
        let folder = try TemporaryFolder()
        let result = try ChildProcess.run(
            ["/bin/sh", "-c", "echo out; echo err >&2; exit 7"],
            in: folder
        )
        #expect(result.status == 7)
        #expect(result.output == "out\n")
        #expect(result.errors == "err\n")
        #expect(throws: BenchmarkError.self) {
            _ = try ChildProcess.run(["/nonexistent/program"], in: folder)
        }
    }

    @Test func `a child that is stopped is gone, and a temporary folder with it`() throws {
        let root: String
        do {
            let folder = try TemporaryFolder()
            root = folder.root
            try Files.write("x", to: folder.path("file"))
            let child = try ChildProcess(
                ["/bin/sleep", "60"],
                output: folder.path("o"),
                errors: folder.path("e")
            )
            #expect(ProcessClock.residentBytes(of: child.identifier) != nil)
            child.stop()
            #expect(ProcessClock.cpuSeconds(of: [child.identifier]) == nil)
        }
        #expect(!Files.exists(root))
    }
}
