// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import OAuthTesting

@testable import OAuth

/// Certificates for `tls_client_auth`, made once for all tests.
struct TestCAs: Sendable {
    /// The registered CA, and one of the same name that nobody has registered.
    let root: Certificate
    let impostor: Certificate
    /// A CA under the root.
    let intermediate: Certificate

    /// `CN=client` under the root, under the intermediate, and under the impostor.
    let leaf: Certificate
    let deepLeaf: Certificate
    let impostorLeaf: Certificate
    /// `CN=other` under the root.
    let otherLeaf: Certificate
    /// `CN=client` under the root, for servers only.
    let serverLeaf: Certificate

    /// A moment at which all of them are valid.
    var now: Int64 { leaf.notBefore + 3_600 }

    private static let made = Result { try TestCAs() }

    /// The same ones each time.
    static func shared() throws -> TestCAs { try made.get() }

    private init() throws {
        let ca =
            "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\n"
            + "subjectKeyIdentifier=hash\n"
        let client =
            "basicConstraints=CA:false\nextendedKeyUsage=clientAuth\n"
            + "subjectAltName=DNS:client.example,URI:urn:example:client\n"
        let server = "basicConstraints=CA:false\nextendedKeyUsage=serverAuth\n"
        let openssl = try OpenSSLCommand()
        func make(_ name: String, _ subject: String, _ by: String?, _ text: String) throws
            -> Certificate
        {
            // A CA outlives what it signs.
            let days = text == ca ? 100 : 10
            try openssl.make(name, subject: subject, by: by, extensions: text, days: days)
            return try openssl.certificate(name)
        }
        root = try make("root", "/CN=Root", nil, ca)
        impostor = try make("impostor", "/CN=Root", nil, ca)
        intermediate = try make("between", "/CN=Between", "root", ca)
        leaf = try make("leaf", "/O=Handfast/CN=client", "root", client)
        deepLeaf = try make("deep", "/O=Handfast/CN=client", "between", client)
        impostorLeaf = try make("false", "/O=Handfast/CN=client", "impostor", client)
        otherLeaf = try make("other", "/O=Handfast/CN=other", "root", client)
        serverLeaf = try make("server", "/O=Handfast/CN=client", "root", server)
    }

    /// Trust in a subject under one CA.
    func trust(
        _ kind: CertificateSubject.Kind = .distinguishedName,
        _ subject: String = "CN=client,O=Handfast",
        under anchor: Certificate? = nil
    ) throws -> CertificateTrust {
        CertificateTrust(
            subject: try CertificateSubject(kind, parsing: subject),
            verifier: try ChainVerifier(anchors: [anchor ?? root])
        )
    }
}
