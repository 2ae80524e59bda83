// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Text

/// One client in the format of an export; for any thread.
struct SeedEncoding: Sendable {
    private let format: SeedExportFormat
    private let parameters: SeedParameters
    private let intermediate: [UInt8]
    private let intermediatePEM: String

    init(_ format: SeedExportFormat, _ material: SeedMaterial) {
        self.format = format
        parameters = material.parameters
        intermediate = material.cas.intermediate
        intermediatePEM = PEM.certificate(intermediate)
    }

    /// The parts of the client with this number.
    func pieces(of client: SeedClient, _ index: Int) throws -> [ExportPiece] {
        let id = client.clientID
        switch format {
        case .pemFolder:
            return [
                ExportPiece(name: "\(id).pem", bytes: Array(chainPEM(client).utf8)),
                ExportPiece(name: "\(id).key", bytes: Array(client.key.pem.utf8)),
            ]
        case .csv: return [ExportPiece(bytes: row(client))]
        case .jsonl: return [ExportPiece(bytes: line(client))]
        case .pkcs12:
            let store = try Keystore.identity(
                client.key,
                chain: [client.certificate, intermediate],
                name: id,
                password: SeedExport.password
            )
            return [ExportPiece(name: "\(id).p12", bytes: store)]
        case .jks:
            let entry = JavaKeystoreWriter.entry(
                client.key,
                chain: [client.certificate, intermediate],
                alias: id,
                password: SeedExport.password,
                salt: try parameters.seed.bytes(
                    .keystoreSalt,
                    index,
                    count: JavaKeystoreWriter.saltBytes
                ),
                time: parameters.notBefore
            )
            return [ExportPiece(bytes: entry)]
        }
    }

    private func chainPEM(_ client: SeedClient) -> String {
        PEM.certificate(client.certificate) + intermediatePEM
    }

    /// RFC 4180 §2: line breaks stand in quotation marks, of which PEM has none.
    private func row(_ client: SeedClient) -> [UInt8] {
        Array("\(client.clientID),\"\(chainPEM(client))\",\"\(client.key.pem)\"\n".utf8)
    }

    private func line(_ client: SeedClient) -> [UInt8] {
        var out: [UInt8] = []
        let members = [
            ("client_id", client.clientID), ("certificate_pem", chainPEM(client)),
            ("key_pem", client.key.pem),
        ]
        for (index, (name, text)) in members.enumerated() {
            out.append(UInt8(ascii: index == 0 ? "{" : ","))
            JSONText.appendString(name, to: &out)
            out.append(UInt8(ascii: ":"))
            JSONText.appendString(text, to: &out)
        }
        return out + "}\n".utf8
    }
}

/// The bytes of an export before its first client and after its last one.
struct SeedExportFrame {
    /// Comes before the first client.
    let beginning: ExportPiece
    private let caPEM: [UInt8]
    private var keystore: JavaKeystoreWriter?

    init(_ format: SeedExportFormat, _ material: SeedMaterial, count: Int) throws {
        let cas = material.cas
        caPEM =
            format == .pemFolder
            ? Array(
                (PEM.certificate(cas.root) + PEM.certificate(cas.intermediate)).utf8
            )
            : []
        switch format {
        case .csv: beginning = ExportPiece(bytes: Array("client_id,certificate_pem,key_pem\n".utf8))
        case .jks:
            let writer = JavaKeystoreWriter(entries: count, password: SeedExport.password)
            beginning = ExportPiece(bytes: writer.header)
            keystore = writer
        case .pemFolder, .jsonl, .pkcs12: beginning = ExportPiece(bytes: [])
        }
    }

    /// Notes a part of a client, for what is to come after all of them.
    mutating func pass(_ piece: ExportPiece) { keystore?.add(piece.bytes) }

    /// Comes after the last client: of a folder `ca.pem`, without which it is not whole.
    mutating func ending() -> ExportPiece {
        if let keystore { return ExportPiece(bytes: keystore.digest()) }
        return ExportPiece(name: "ca.pem", bytes: caPEM)
    }
}
