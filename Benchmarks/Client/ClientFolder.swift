// SPDX-License-Identifier: Apache-2.0
/// A folder of clients, whose files are named by their IDs.
///
/// `ID.pem` is the certificate and then its chain, `ID.key` the key as PKCS#8 PEM, and `ca.pem`,
/// which may be missing, the CA of the server's certificate.
struct ClientFolder: Sendable {
    struct Client: Sendable {
        let clientID: String
        let identity: Identity
    }

    static let caName = "ca.pem"

    /// By client ID.
    let clients: [Client]
    /// The path of `ca.pem`, nil where there is none.
    let ca: String?

    /// Reads all clients; whether a certificate and its key belong together shows when they are
    /// decoded, in the threads that use them.
    init(_ path: String) throws(BenchmarkError) {
        guard let status = Files.status(path) else {
            throw BenchmarkError("there is no folder '\(path)' (--clients-from)")
        }
        guard status.isDirectory else {
            throw BenchmarkError("'\(path)' is not a folder (--clients-from)")
        }
        let names = Files.names(in: path)
        let certificates = Self.stems(names, ".pem").filter { $0 + ".pem" != Self.caName }
        let keys = Set(Self.stems(names, ".key"))
        guard !certificates.isEmpty || !keys.isEmpty else {
            throw BenchmarkError(
                "'\(path)' (--clients-from) has no client in it: a client is ID.pem (its "
                    + "certificate, then the chain) and ID.key (PKCS#8 PEM)"
            )
        }
        if let alone = keys.subtracting(certificates).min() {
            throw BenchmarkError(
                "'\(path)/\(alone).key' has no certificate '\(alone).pem' beside it"
            )
        }
        var clients: [Client] = []
        clients.reserveCapacity(certificates.count)
        for clientID in certificates.sorted() {
            if Interruption.happened { throw BenchmarkError("interrupted") }
            guard keys.contains(clientID) else {
                throw BenchmarkError(
                    "'\(path)/\(clientID).pem' has no key '\(clientID).key' beside it"
                )
            }
            let files = IdentityFiles(
                certificate: "\(path)/\(clientID).pem",
                key: "\(path)/\(clientID).key"
            )
            let identity = try Identity(files)
            clients.append(Client(clientID: clientID, identity: identity))
        }
        self.clients = clients
        ca = names.contains(Self.caName) ? "\(path)/\(Self.caName)" : nil
    }

    /// The forms of the clients: `form` with the `client_id` of each.
    func bodies(_ form: String) -> [String] {
        clients.map { "\(form)&client_id=\(Self.formEncoded($0.clientID))" }
    }

    /// Text as a value of a form (WHATWG URL §5.2).
    static func formEncoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "*"):
                result.append(byte)
            default:
                result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func stems(_ names: [String], _ suffix: String) -> [String] {
        names.filter { $0.hasSuffix(suffix) && $0.utf8.count > suffix.utf8.count }
            .map { String($0.dropLast(suffix.count)) }
    }
}
