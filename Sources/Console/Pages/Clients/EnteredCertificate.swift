// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Registration
internal import Text

/// The certificate that was pasted into a form, chosen as a file, or taken out of a keystore.
enum EnteredCertificate {
    case none
    case read(Read)
    /// Several in a keystore, of which one is to be chosen.
    case several([Read])
    /// Nothing that can be used: why, and what to do. `mayBeShown`: whether what was pasted may
    /// come back in the form, which a private key must not.
    case refused(String, mayBeShown: Bool)

    /// A certificate, and what is to be said of it.
    struct Read {
        let pem: String
        let der: [UInt8]
        /// The facts that `handfast certificate inspect --json` prints.
        let facts: JSONValue
        /// Its name in the keystore.
        let alias: String?
        /// Remarks on where it came from.
        let remarks: [String]

        /// The problems and remarks of its registration.
        var findings: [(severity: String, text: String)] {
            (facts["findings"] ?? .null).elements.map {
                ($0["severity"]?.text ?? "", $0["text"]?.text ?? "")
            }
        }

        /// Whether a client may register it.
        var isRegistrable: Bool { facts["registrable"]?.isTrue == true }
    }

    /// The names of the fields.
    static let field = "certificate"
    static let fileField = "certificate_file"
    static let passwordField = "keystore_password"
    static let chosenField = "chosen_certificate"

    /// Keystores of whole machines have hundreds; a person chooses among few.
    private static let choiceMax = 50

    /// Reads the fields of `form`: a choice among several goes before a file, a file before text.
    init(_ form: FieldValues, now: Int64) {
        if let chosen = form[Self.chosenField], !chosen.isEmpty {
            self.init(Array(chosen.utf8), password: nil, isText: true, now)
        } else if let file = form.file(Self.fileField) {
            let password = form[Self.passwordField].flatMap { $0.isEmpty ? nil : $0 }
            self.init(file.bytes, password: password, isText: false, now)
        } else if !form.trimmed(Self.field).isEmpty {
            let text = Array((form[Self.field] ?? "").utf8)
            self.init(text, password: nil, isText: true, now)
        } else {
            self = .none
        }
    }

    private init(_ bytes: [UInt8], password: String?, isText: Bool, _ now: Int64) {
        do throws(CertificateError) {
            let plain = try CertificateContainer.plain(bytes)
            let found = try CertificateFile.certificates(in: plain)
            self = Self.one(of: found.map { Read($0, now: now) })
        } catch {
            switch error.kind {
            case .keystore where !isText: self.init(keystore: bytes, password: password, now)
            case .privateKey: self = .refused(Self.privateKey(error), mayBeShown: false)
            default: self = .refused(error.description, mayBeShown: isText)
            }
        }
    }

    private init(keystore bytes: [UInt8], password: String?, _ now: Int64) {
        do throws(CertificateError) {
            let content = try Keystore.content(of: bytes, password: password)
            var remarks: [String] = []
            if let remark = Self.remark(onKeys: content.privateKeys) { remarks.append(remark) }
            if content.isUnchecked {
                remarks.append(
                    "The keystore was not checked against changes, which takes its password."
                )
            }
            // The client's own among trusted ones and CAs; of several keys nothing says which, also
            // where the certificate of one alone is there, and the key of a CA is seldom that of a
            // client.
            let own = content.entries.filter(\.isOfPrivateKey)
            let isClear =
                content.privateKeys == 1 && own.count == 1 && !own[0].certificate.isCA
            self = Self.one(
                of: (isClear ? own : content.entries).map { entry in
                    Read(entry.certificate, alias: entry.alias, remarks: remarks, now: now)
                }
            )
        } catch {
            let reason =
                error.kind == .passwordMissing
                ? "The keystore has a password. Enter it in the field below." : error.description
            self = .refused(reason, mayBeShown: false)
        }
    }

    private static func remark(onKeys count: Int) -> String? {
        switch count {
        case 0: nil
        case 1: "The keystore's private key was left out and is not kept."
        default: "The keystore's \(count) private keys were left out and are not kept."
        }
    }

    private static func one(of found: [Read]) -> EnteredCertificate {
        if found.count == 1 { return .read(found[0]) }
        guard found.count <= choiceMax else {
            return .refused(
                "There are \(found.count) certificates. Give the client's own alone.",
                mayBeShown: false
            )
        }
        return .several(found)
    }

    private static func privateKey(_ error: CertificateError) -> String {
        "\(error.description) The text was not kept. A private key stays with its client: paste the"
            + " certificate alone, from BEGIN CERTIFICATE to END CERTIFICATE."
    }
}

extension EnteredCertificate.Read {
    fileprivate init(
        _ certificate: Certificate,
        alias: String? = nil,
        remarks: [String] = [],
        now: Int64
    ) {
        (pem, der) = (certificate.pem, certificate.der)
        facts = CertificateInspection(certificate, now: now).value
        (self.alias, self.remarks) = (alias, remarks)
    }
}
