// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import Testing

private let isInstalled = (ProcessInfo.processInfo.environment["PATH"] ?? "")
    .split(separator: ":").contains {
        FileManager.default.isExecutableFile(atPath: "\($0)/keytool")
    }

/// Keystores as a real keytool writes them.
@Suite(.enabled(if: isInstalled, "keytool is not there: default-jdk-headless"))
struct KeytoolTests {
    private let openssl: OpenSSLCommand
    private let certificate: Certificate

    init() throws {
        openssl = try OpenSSLCommand()
        let rsa = "RSA -pkeyopt rsa_keygen_bits:2048"
        let pem = try openssl.selfSigned("client-certificate", algorithm: rsa)
        certificate = try CertificateFile.certificate(in: pem)
    }

    private func keytool(_ command: String, store type: String) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            ["keytool"] + command.split(separator: " ").map(String.init)
            + ["-keystore", "store.\(type)", "-storetype", type, "-storepass", "wso2carbon"]
        process.currentDirectoryURL = openssl.folder
        let said = Pipe()
        process.standardOutput = said
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: said.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw OpenSSLCommand.ToolError(description: "keytool \(command): \(text)")
        }
        return try openssl.bytes("store.\(type)")
    }

    private func importing(_ alias: String, _ type: String) throws -> [UInt8] {
        try keytool(
            "-import -trustcacerts -alias \(alias) -file client-certificate.pem -noprompt",
            store: type
        )
    }

    private func error(_ bytes: [UInt8], _ password: String?) -> CertificateError? {
        do throws(CertificateError) {
            _ = try Keystore.content(of: bytes, password: password)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: ["JKS", "JCEKS", "PKCS12"])
    func `a trusted certificate comes out as it went in`(type: String) throws {
        let bytes = try importing("client", type)
        let content = try Keystore.content(of: bytes, password: "wso2carbon")
        #expect(content.certificates == [certificate])
        #expect(content.entries.map(\.alias) == ["client"])
        #expect(!content.hasPrivateKey && !content.isUnchecked)
        let wrong = error(bytes, "wso2carbo")
        #expect(wrong?.kind == .keystore)
        #expect(wrong?.description.contains("password") ?? false)
    }

    @Test(arguments: ["JKS", "JCEKS", "PKCS12"])
    func `the certificate of a key comes out, and the key stays`(type: String) throws {
        var bytes = try keytool(
            "-genkeypair -alias own -keyalg EC -groupname secp256r1 -dname CN=own "
                + "-keypass wso2carbon",
            store: type
        )
        let alone = try Keystore.content(of: bytes, password: "wso2carbon")
        #expect(alone.certificates.map(\.subject.canonical) == ["CN=own"])
        #expect(alone.hasPrivateKey)
        bytes = try importing("client", type)
        let both = try Keystore.content(of: bytes, password: "wso2carbon")
        #expect(Set(both.entries.map(\.alias)) == ["own", "client"])
        #expect(both.certificates.contains(certificate))
        #expect(both.hasPrivateKey)
    }

    @Test(arguments: ["JKS", "JCEKS"])
    func `without the password the certificates are read and reported as unchecked`(
        type: String
    ) throws {
        let content = try Keystore.content(of: try importing("client", type), password: nil)
        #expect(content.certificates == [certificate])
        #expect(content.isUnchecked)
    }

    @Test func `PKCS#12 without its password says that it wants one`() throws {
        let error = error(try importing("client", "PKCS12"), nil)
        #expect(error?.kind == .passwordMissing)
        #expect(error?.description.contains("--password-stdin") ?? false)
    }

    @Test func `a secret key in JCEKS is refused with the way around`() throws {
        let bytes = try keytool(
            "-genseckey -alias s -keyalg AES -keysize 128 -keypass wso2carbon",
            store: "JCEKS"
        )
        let error = error(bytes, "wso2carbon")
        #expect(error?.kind == .keystore)
        #expect(error?.description.contains("-exportcert") ?? false)
    }

    @Test(arguments: ["JKS", "PKCS12"])
    func `a file of keytool that is cut short or changed is refused`(type: String) throws {
        let bytes = try importing("client", type)
        for length in 1..<bytes.count {
            #expect(error(Array(bytes[..<length]), "wso2carbon") != nil, "\(length)")
        }
        // Each costs PKCS#12 ten thousand rounds.
        for at in stride(from: 0, to: bytes.count, by: type == "JKS" ? 1 : 40) {
            var changed = bytes
            changed[at] ^= 0x10
            if type == "JKS" {
                #expect(error(changed, "wso2carbon") != nil, "\(at)")
            } else {
                _ = error(changed, "wso2carbon")
            }
        }
    }
}
