// SPDX-License-Identifier: Apache-2.0
/// Certificates in wrappings that tools make besides the plain one: PKCS#7, and OpenSSL's TRUSTED
/// CERTIFICATE.
public enum CertificateContainer {
    private static let signedData = "1.2.840.113549.1.7.2"
    private static let clientAuthentication = "1.3.6.1.5.5.7.3.2"
    private static let anyPurpose = "2.5.29.37.0"
    private static let trustedLabel = "TRUSTED CERTIFICATE"
    private static let pkcs7Labels = ["PKCS7", "CMS"]

    /// The file with what was wrapped in it as plain certificates in PEM, in its place; a file
    /// without wrappings, or with something that is none of these, as it is.
    ///
    /// Refuses a wrapping that cannot be taken off, and one that says that its certificate is not
    /// for TLS clients.
    public static func plain(_ bytes: [UInt8]) throws(CertificateError) -> [UInt8] {
        guard bytes.count <= CertificateFile.bytesMax else { return bytes }
        guard PEM.looksLikePEM(bytes) else {
            guard DERObject.recognise(bytes) == .keystore("PKCS#7") else { return bytes }
            return text(try certificates(inPKCS7: bytes))
        }
        let blocks = try PEM.blocks(bytes)
        guard blocks.contains(where: { isWrapping($0.label) }) else { return bytes }
        var plain: [UInt8] = []
        for block in blocks {
            if isWrapping(block.label) {
                plain += text(try certificates(in: block))
            } else {
                // The caller decides whether this kind of object is allowed.
                guard let content = block.bytes else { return bytes }
                plain += Array(PEM.text(block.label, content).utf8)
            }
        }
        return plain
    }

    private static func isWrapping(_ label: String) -> Bool {
        label == trustedLabel || pkcs7Labels.contains(label)
    }

    private static func text(_ certificates: [[UInt8]]) -> [UInt8] {
        certificates.flatMap { Array(PEM.text("CERTIFICATE", $0).utf8) }
    }

    private static func certificates(in block: PEMBlock) throws(CertificateError) -> [[UInt8]] {
        guard let der = block.bytes else {
            throw CertificateError(
                .malformed,
                "The text between BEGIN \(block.label) and its END is not base64. Copy the whole "
                    + "file again."
            )
        }
        return block.label == trustedLabel
            ? [try certificate(inTrusted: der)] : try certificates(inPKCS7: der)
    }

    /// The certificates of SignedData (RFC 2315 §9.1, RFC 5652 §5.1); signatures are not looked at,
    /// for each certificate stands for itself.
    private static func certificates(inPKCS7 der: [UInt8]) throws(CertificateError) -> [[UInt8]] {
        var found: [[UInt8]] = []
        do throws(DERError) {
            var file = DERReader(der)
            var content = try file.sequence("the PKCS#7 file")
            try file.finish()
            guard try content.objectIdentifier("its type").dotted == signedData else {
                throw .malformed("it holds no certificates")
            }
            var inside = content.inside(try content.next(DERTag.constructed(0), "its content"))
            var data = try inside.sequence("its content")
            _ = try data.integer("its version")
            _ = try data.next(DERTag.set, "its digests")
            _ = try data.next(DERTag.sequence, "its content")
            guard let set = try data.nextIfPresent(DERTag.constructed(0)) else {
                throw .malformed("it holds no certificates")
            }
            var certificates = data.inside(set)
            while !certificates.isAtEnd {
                let element = try certificates.next()
                // Attribute certificates and other choices, in CMS.
                guard element.tag == DERTag.sequence else { continue }
                found.append(Array(certificates.whole(element)))
            }
            guard !found.isEmpty else { throw .malformed("it holds no certificates") }
        } catch {
            let reason = if case .malformed(let part) = error { " (\(part))" } else { "" }
            throw CertificateError(
                .keystore,
                "The PKCS#7 file cannot be read\(reason). Convert it first, with `openssl pkcs7 "
                    + "-in FILE -print_certs -out certificates.pem`, and `-inform DER` if it is "
                    + "binary."
            )
        }
        return found
    }

    /// The certificate before OpenSSL's trust settings (X509_CERT_AUX).
    private static func certificate(inTrusted der: [UInt8]) throws(CertificateError) -> [UInt8] {
        var reader = DERReader(der)
        let certificate: [UInt8]
        let isForClients: Bool
        do throws(DERError) {
            let element = try reader.next(DERTag.sequence, "the certificate")
            certificate = Array(reader.whole(element))
            isForClients = reader.isAtEnd ? true : try Self.isForClients(&reader)
            try reader.finish()
        } catch {
            throw CertificateError(error)
        }
        guard isForClients else {
            throw CertificateError(
                .otherObject,
                "OpenSSL's trust settings in the file say that the certificate is not for TLS "
                    + "clients. If they do not count here, leave them out, with `openssl x509 -in "
                    + "FILE -out certificate.pem`."
            )
        }
        return certificate
    }

    /// Whether the settings trust it for TLS clients, and do not reject it for them.
    private static func isForClients(_ reader: inout DERReader) throws(DERError) -> Bool {
        var settings = try reader.sequence("the trust settings")
        if let trusted = try settings.nextIfPresent(DERTag.sequence),
            try !isClientPurpose(among: settings.inside(trusted))
        {
            return false
        }
        guard let rejected = try settings.nextIfPresent(DERTag.constructed(0)) else { return true }
        return try !isClientPurpose(among: settings.inside(rejected))
    }

    private static func isClientPurpose(among reader: DERReader) throws(DERError) -> Bool {
        var reader = reader
        var found = false
        while !reader.isAtEnd {
            let purpose = try reader.objectIdentifier("a purpose").dotted
            found = found || purpose == clientAuthentication || purpose == anyPurpose
        }
        return found
    }
}
