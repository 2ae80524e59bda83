// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Benchmarks

@Suite struct ClientFolderTests {
    private let folder: TemporaryFolder
    private let root: String

    init() throws {
        folder = try TemporaryFolder()
        root = folder.root
    }

    private func put(_ name: String, _ identity: Identity) throws {
        try Files.write(identity.certificate, to: "\(root)/\(name).pem")
        try Files.write(identity.privateKey, to: "\(root)/\(name).key")
    }

    private func refusal() throws -> String {
        try #require(throws: BenchmarkError.self) {
            _ = try LoadedIdentity.all(ClientFolder(root).clients.map(\.identity))
        }.description
    }

    @Test func `clients are the files by name, with their IDs in the forms`() throws {
        for name in ["b c", "a-1", "ca2"] {
            try put(name, try CertificateFactory.identity(.ec, commonName: name))
        }
        try Files.write("not looked at", to: "\(root)/notes.txt")
        let read = try ClientFolder(root)
        #expect(read.clients.map(\.clientID) == ["a-1", "b c", "ca2"])
        #expect(read.ca == nil)
        #expect(
            read.bodies("grant_type=x") == [
                "grant_type=x&client_id=a-1", "grant_type=x&client_id=b%20c",
                "grant_type=x&client_id=ca2",
            ]
        )
    }

    @Test func `a CA is not a client`() throws {
        let identity = try CertificateFactory.identity(.ec, commonName: "c")
        try put("c", identity)
        try Files.write(identity.certificate, to: "\(root)/ca.pem")
        let read = try ClientFolder(root)
        #expect(read.clients.map(\.clientID) == ["c"])
        #expect(read.ca == "\(root)/ca.pem")
    }

    @Test func `a chain is decoded once for all that share it, and a broken one is refused`() throws
    {
        let ca = try CertificateFactory.identity(.ec, commonName: "ca")
        let clients = try (0..<2).map { number in
            let leaf = try CertificateFactory.identity(.ec, commonName: "client \(number)")
            return Identity(
                certificate: leaf.certificate + ca.certificate,
                privateKey: leaf.privateKey
            )
        }
        #expect(clients[0].chain.contains("BEGIN CERTIFICATE"))
        var chains: [Substring: LoadedChain] = [:]
        let loaded = try clients.map { try LoadedIdentity($0, chains: &chains) }
        #expect(chains.count == 1)
        #expect(loaded[0].chain === loaded[1].chain && loaded[0].chain != nil)
        let alone = try CertificateFactory.identity(.ec, commonName: "alone")
        #expect(alone.chain.isEmpty)
        #expect(try LoadedIdentity(alone).chain == nil)
        let broken = Identity(
            certificate: alone.certificate
                + ca.certificate.replacing("MII", with: "AII", maxReplacements: 1),
            privateKey: alone.privateKey
        )
        #expect(broken.certificate != alone.certificate + ca.certificate)
        #expect(throws: LoadedIdentity.LoadError.certificate) { _ = try LoadedIdentity(broken) }
    }

    @Test func `an empty folder, no folder, and a file are refused`() throws {
        #expect(try refusal().contains("no client in it"))
        let ca = try CertificateFactory.identity(.ec, commonName: "ca")
        try Files.write(ca.certificate, to: "\(root)/ca.pem")
        #expect(try refusal().contains("no client in it"))
        for (path, words) in [("\(root)/none", "there is no folder"), ("\(root)/ca.pem", "not a")] {
            let refusal = try #require(throws: BenchmarkError.self) { _ = try ClientFolder(path) }
            #expect(refusal.description.contains(words))
            #expect(refusal.description.contains(path))
        }
    }

    @Test func `a missing key, a missing certificate, and a key that does not fit are named`()
        throws
    {
        let one = try CertificateFactory.identity(.ec, commonName: "one")
        let two = try CertificateFactory.identity(.ec, commonName: "two")
        try put("one", one)
        try Files.write(two.certificate, to: "\(root)/two.pem")
        #expect(try refusal().contains("'\(root)/two.pem' has no key 'two.key'"))
        try Files.write(one.privateKey, to: "\(root)/two.key")
        #expect(try refusal().contains("two.key' does not belong to the certificate"))
        try Files.write("-----BEGIN PRIVATE KEY-----\n", to: "\(root)/two.key")
        #expect(try refusal().contains("two.key' is not an unencrypted PEM private key"))
        try Files.write(two.privateKey, to: "\(root)/two.key")
        #expect(try ClientFolder(root).clients.count == 2)
        try Files.write(two.privateKey, to: "\(root)/three.key")
        #expect(try refusal().contains("three.key' has no certificate 'three.pem'"))
    }
}
