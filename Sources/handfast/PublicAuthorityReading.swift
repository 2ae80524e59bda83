// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Foundation
internal import Storage

/// The machine's ca-certificates, read to tell public CAs from private ones; never for trust.
struct PublicAuthorityReading {
    private(set) var authorities = PublicAuthorities()
    /// The file or folder that was read; nil where there is none.
    private(set) var source: String?
    /// Why a file that is there says nothing.
    private(set) var problem: String?

    /// What OpenSSL lets name another file, or folder, than its own.
    static let fileVariable = "SSL_CERT_FILE"
    static let folderVariable = "SSL_CERT_DIR"
    /// Where Debian has them.
    static let file = "/etc/ssl/certs/ca-certificates.crt"
    static let folder = "/etc/ssl/certs"
    private static let filesMax = 4_096

    /// Reads what the machine has; nothing that is missing or broken is an error.
    init() {
        let environment = ProcessInfo.processInfo.environment
        let named = [environment[Self.fileVariable], environment[Self.folderVariable]]
            .compactMap { $0 }.filter { !$0.isEmpty }
        let places = named.isEmpty ? [Self.file, Self.folder] : named
        for place in places where FileManager.default.fileExists(atPath: place) {
            do {
                try read(place)
                return
            } catch {
                problem = "\(Output.printable(place)): \(error)"
            }
        }
    }

    /// Reads `path`, a PEM file or a folder of such; throws where it cannot be read.
    init(_ path: String) throws {
        do {
            try read(path)
        } catch {
            throw Output.usage("\(Output.printable(path)): \(error)")
        }
    }

    /// Its errors do not name the path.
    private mutating func read(_ path: String) throws {
        guard let type = Self.type(of: path) else {
            throw Refusal("There is no such file or folder.")
        }
        if type == .typeDirectory {
            let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
            for name in names.prefix(Self.filesMax) {
                // A folder of OpenSSL has other files, too.
                try? add(path + "/" + name)
            }
        } else {
            try add(path)
        }
        guard authorities.count > 0 else {
            throw Refusal("There is no PEM certificate in it.")
        }
        source = path
    }

    private mutating func add(_ path: String) throws {
        // Opening a pipe would wait for whoever writes to it.
        guard Self.type(of: path) == .typeRegular else {
            throw Refusal("It is not a file.")
        }
        try authorities.add(
            pem: try CertificateFile.read(path, upTo: PublicAuthorities.bytesMax)
        )
    }

    private static func type(of path: String) -> FileAttributeType? {
        let resolved = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        let attributes = try? FileManager.default.attributesOfItem(atPath: resolved)
        return attributes?[.type] as? FileAttributeType
    }

    /// Why `authority` counts as a public CA, as the end of a sentence; nil if it does not.
    func reason(_ authority: Certificate) -> String? {
        authorities.reason(authority).map { reason in
            let place = Output.printable(source ?? "ca-certificates")
            return switch reason {
            case .key: "its key is in \(place)"
            case .extendedKeyUsage: "its extended key usage leaves out clientAuth"
            case .issuer: "a CA in \(place) has issued it"
            }
        }
    }

    // MARK: at registration

    /// The page that tells more.
    static let page = "Documentation/public-ca-cliff.md"

    /// Warns of those of `authorities` that are public CAs; for a client's own unless `trustSet`
    /// has them.
    static func warn(of authorities: [CertificateRecord], trustSet: String? = nil) {
        guard !authorities.isEmpty else { return }
        let known = PublicAuthorityReading()
        for record in authorities {
            guard let authority = try? Certificate(der: record.der),
                let reason = known.reason(authority)
            else { continue }
            let bridge =
                trustSet.map {
                    "`handfast trust-set update \($0) --allow-server-auth-until YYYY-MM-DD`"
                        + " accepts those for a time."
                } ?? "A trust set can accept those for a time; a client's own CAs cannot."
            Output.warn(
                "\(Output.printable(authority.subject.canonical)) is a public CA: \(reason)."
                    + " Public CAs stop issuing certificates for clients: renewed ones are for"
                    + " servers only (serverAuth), and are refused. \(bridge) See \(page), and"
                    + " `handfast certificate cliff` for the clients concerned."
            )
        }
    }

    /// Warns of what a client is registered under, where that was said.
    static func warn(own: [CertificateRecord], trustSet: String?, in store: any RegistrationStore)
        throws
    {
        guard let trustSet else { return warn(of: own) }
        guard let set = try store.trustSet(trustSet) else { return }
        warn(of: CertificateReading.records(of: set), trustSet: set.name)
    }
}
