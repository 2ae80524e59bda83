// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Files that hold certificates, as people hand them in.
public enum CertificateFile {
    /// Longest file taken; a bundle of all public CAs has 220 KB.
    public static let bytesMax = 1 << 20

    /// Takes the one certificate in `bytes`, PEM or DER; refuses anything else and says why.
    public static func certificate(in bytes: [UInt8]) throws(CertificateError) -> Certificate {
        let found = try certificates(in: bytes)
        guard found.count == 1, let certificate = found.first else {
            throw CertificateError(
                .severalCertificates,
                "The file holds \(found.count) certificates. Give the client's own certificate "
                    + "alone, without its chain."
            )
        }
        return certificate
    }

    /// Takes all certificates in `bytes`, at least one, PEM or DER, in their order.
    ///
    /// Refuses anything else beside them, above all a private key. Of PEM each block that is not
    /// understood is named, by its number and its line; parameters of EC and DH mean nothing here.
    public static func certificates(in bytes: [UInt8]) throws(CertificateError) -> [Certificate] {
        try refuseWrongEncoding(bytes)
        guard PEM.looksLikePEM(bytes) else {
            if let kind = DERObject.recognise(bytes) { throw error(kind) }
            if bytes.first != DERTag.sequence {
                throw unrecognised(bytes)
            }
            return [try Certificate(der: bytes)]
        }
        let blocks = try PEM.blocks(bytes)
        // Private keys are detected first: the file must not travel further.
        for block in blocks where block.isPrivateKey { throw block.locating(error(.privateKey)) }
        var found: [Certificate] = []
        for block in blocks where !block.isParameters {
            found.append(try certificate(of: block))
        }
        guard !found.isEmpty else {
            throw CertificateError(
                .unrecognised,
                "The file has a BEGIN line but no certificate. Export the certificate again."
            )
        }
        return found
    }

    /// Takes all certificates in `bytes` as `certificates(in:)` does, but of PEM alone: OpenSSL
    /// reads no other file of CAs.
    public static func bundle(in bytes: [UInt8]) throws(CertificateError) -> [Certificate] {
        let found = try certificates(in: bytes)
        guard PEM.looksLikePEM(bytes) else {
            throw CertificateError(
                .unrecognised,
                "The file is DER, and CAs are read as PEM. Convert it with "
                    + "`openssl x509 -in FILE -out ca.pem`."
            )
        }
        return found
    }

    /// Reads the whole file or pipe at `path`, of at most `limit` bytes; blocks while it does.
    ///
    /// A pipe has ten seconds for each part; without anybody who writes it is empty. Errors do not
    /// name the path, as those about the content do not: the caller puts it before either.
    public static func read(
        _ path: String,
        upTo limit: Int = bytesMax
    ) throws(CertificateError) -> [UInt8] {
        func unreadable() -> CertificateError {
            // SAFETY: strerror returns a NUL-terminated string that lasts until its next call.
            let reason = unsafe String(cString: strerror(errno))
            return CertificateError(.unreadable, "The file cannot be read: \(reason).")
        }
        // SAFETY: the path is NUL-terminated for the call.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw unreadable() }
        defer { _ = close(descriptor) }
        try refuseDevices(descriptor)
        var content: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            // SAFETY: read writes at most the array's length.
            let count = unsafe part.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN, waits(for: descriptor) { continue }
            guard count >= 0 else { throw unreadable() }
            guard count > 0 else { return content }
            content += part[..<count]
            guard content.count <= limit else {
                throw CertificateError(
                    .tooLarge,
                    "The file has more than \(limit) bytes; it can hardly be a certificate."
                )
            }
        }
    }

    /// The certificate of a block; throws, with the block's place, for anything else.
    static func certificate(of block: PEMBlock) throws(CertificateError) -> Certificate {
        if let kind = DERObject(label: block.label) { throw block.locating(error(kind)) }
        let der = try block.content()
        if let kind = DERObject.recognise(der) { throw block.locating(error(kind)) }
        do {
            return try Certificate(der: der)
        } catch {
            throw block.locating(error)
        }
    }

    /// Why bytes that are neither PEM nor DER are not taken.
    private static func unrecognised(_ bytes: [UInt8]) -> CertificateError {
        CertificateError(
            .unrecognised,
            PEM.looksLikeMarkup(bytes)
                ? "The file is HTML or XML, as the error page of a server is. Fetch the "
                    + "certificate again."
                : "The file is neither PEM nor DER. A PEM certificate begins with "
                    + "-----BEGIN CERTIFICATE-----."
        )
    }

    /// Regular files only: a device may never end.
    private static func refuseDevices(_ descriptor: Int32) throws(CertificateError) {
        var status = stat()
        // SAFETY: the structure is written whole or not at all.
        let isKnown = unsafe fstat(descriptor, &status) == 0
        let kind = status.st_mode & S_IFMT
        guard isKnown, kind == S_IFREG || kind == S_IFIFO || kind == S_IFDIR else {
            throw CertificateError(.unreadable, "It is neither a file nor a pipe.")
        }
    }

    /// Whether more comes through a pipe, or its end, within ten seconds.
    private static func waits(for descriptor: Int32) -> Bool {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        // SAFETY: one structure, and a count of one.
        let count = unsafe poll(&waiting, 1, 10_000)
        if count == 0 { errno = ETIMEDOUT }
        return count > 0 || (count < 0 && errno == EINTR)
    }

    private static func refuseWrongEncoding(_ bytes: [UInt8]) throws(CertificateError) {
        guard bytes.count <= bytesMax else {
            throw CertificateError(.tooLarge, "The file has more than \(bytesMax) bytes.")
        }
        guard bytes.contains(where: { $0 != 0x20 && !(0x09...0x0D).contains($0) }) else {
            throw CertificateError(.empty, "The file is empty. Give a certificate in PEM or DER.")
        }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw CertificateError(
                .unrecognised,
                "The file is UTF-16 text. Save it as plain ASCII."
            )
        }
    }

    private static func error(_ kind: DERObject) -> CertificateError {
        switch kind {
        case .privateKey:
            CertificateError(
                .privateKey,
                "The file holds a private key. Keep that to yourself: give the certificate alone, "
                    + "for example with `openssl x509 -in FILE -out certificate.pem`."
            )
        case .keystore(let name):
            CertificateError(
                .keystore,
                "The file is a \(name) keystore. Take the certificate out of it first, with "
                    + "`handfast certificate import FILE`."
            )
        case .other(let name):
            CertificateError(
                .otherObject,
                "The file holds \(name), not a certificate. Give the certificate"
                    + (kind == .trustedCertificate
                        ? ", as `openssl x509 -in FILE -out certificate.pem` writes it." : ".")
            )
        }
    }
}
