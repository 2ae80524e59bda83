// SPDX-License-Identifier: Apache-2.0
extension RevocationList {
    /// Lists in one file.
    public static let countMax = 16
    /// Longest DER of one list: 200,000 entries, or 150,000 with reasons.
    public static let derBytesMax = 8 << 20
    /// Longest file: as many lists as may stand in one, in PEM, would be twice as long.
    public static let fileBytesMax = 96 << 20

    /// Takes all lists in a file: DER of one, or PEM with one or several, at least one.
    ///
    /// Refuses anything else beside them. Says nothing about signatures: see `isSigned(by:)`.
    public static func read(_ bytes: [UInt8]) throws(RevocationListError) -> [RevocationList] {
        guard bytes.count <= fileBytesMax else {
            throw RevocationListError(.tooLarge, "The file has more than \(fileBytesMax) bytes.")
        }
        guard bytes.contains(where: { $0 != 0x20 && !(0x09...0x0D).contains($0) }) else {
            throw RevocationListError(.empty, "The file is empty. Give a list in PEM or DER.")
        }
        if PEM.looksLikePEM(bytes) { return try lists(bytes) }
        guard bytes.first == DERTag.sequence else {
            throw RevocationListError(
                .unrecognised,
                PEM.looksLikeMarkup(bytes)
                    ? "The file is HTML or XML, as the error page of a server is. Fetch the list "
                        + "again."
                    : "The file is neither PEM nor DER. A revocation list in PEM begins with "
                        + "-----BEGIN X509 CRL-----."
            )
        }
        return [try list(bytes)]
    }

    private static func lists(_ text: [UInt8]) throws(RevocationListError) -> [RevocationList] {
        let blocks: [PEMBlock]
        do throws(CertificateError) {
            blocks = try PEM.blocks(text)
        } catch {
            throw RevocationListError(error)
        }
        for block in blocks where block.label != label { throw at(block, other(block.label)) }
        guard !blocks.isEmpty else {
            throw RevocationListError(.unrecognised, "The file has a BEGIN line but no list.")
        }
        guard blocks.count <= countMax else {
            throw RevocationListError(
                .tooLarge,
                "The file holds \(blocks.count) lists; at most \(countMax) are taken from one."
            )
        }
        var found: [RevocationList] = []
        for block in blocks {
            let der: [UInt8]
            do throws(CertificateError) {
                der = try block.content()
            } catch {
                throw RevocationListError(error)
            }
            do {
                found.append(try list(der))
            } catch {
                throw at(block, error)
            }
        }
        return found
    }

    private static let label = "X509 CRL"

    /// The error with the block's place before its text.
    private static func at(
        _ block: PEMBlock,
        _ error: RevocationListError
    ) -> RevocationListError {
        RevocationListError(
            error.kind,
            "Block \(block.number), line \(block.line): \(error.description)"
        )
    }

    private static func list(_ der: [UInt8]) throws(RevocationListError) -> RevocationList {
        guard der.count <= derBytesMax else {
            throw RevocationListError(
                .tooLarge,
                "The list has \(der.count) bytes; at most \(derBytesMax) are accepted."
            )
        }
        switch DERObject.recognise(der) {
        case .privateKey: throw other("PRIVATE KEY")
        case .keystore(let name): throw otherObject("a \(name) keystore")
        case .other(let name) where name != DERObject.revocationList: throw otherObject(name)
        default: break
        }
        if (try? Certificate(der: der)) != nil { throw other("CERTIFICATE") }
        return try RevocationList(der: der)
    }

    private static func other(_ label: String) -> RevocationListError {
        switch DERObject(label: label) {
        case nil: otherObject("a certificate")
        case .privateKey:
            RevocationListError(
                .otherObject,
                "The file holds a private key. Keep that to yourself: give the list alone."
            )
        case .keystore(let name): otherObject("a \(name) keystore")
        case .other(let name): otherObject(name)
        }
    }

    private static func otherObject(_ name: String) -> RevocationListError {
        RevocationListError(
            .otherObject,
            "The file holds \(name), not a revocation list. Give the list alone."
        )
    }
}

extension DERObject {
    /// The name that `recognise` gives to a revocation list.
    fileprivate static let revocationList = "a revocation list"
}
