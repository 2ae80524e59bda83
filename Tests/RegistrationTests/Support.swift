// SPDX-License-Identifier: Apache-2.0
import OAuth
import Registration
import Storage
import Testing

/// A way to change a client, in a table of them.
struct Said: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let change: ClientChange

    init(_ name: String, _ write: (inout ClientChange) -> Void) {
        testDescription = name
        var change = ClientChange()
        write(&change)
        self.change = change
    }

    /// As a new client with a secret, if it says no method.
    var registered: Result<ClientRegistration, any Error> {
        var change = change
        if change.name == nil { change.name = "client" }
        return Result { try ClientRegistration.new(change, clientID: "id", at: Vectors.now) }
    }
}

/// The expected refusal in a table: the first field of a finding, and a word of its text.
struct Refused: Sendable, CustomTestStringConvertible {
    let said: Said
    let field: RegistrationField
    let word: String

    var testDescription: String { said.testDescription }

    init(
        _ name: String,
        _ field: RegistrationField,
        _ word: String,
        _ write: (inout ClientChange) -> Void
    ) {
        (said, self.field, self.word) = (Said(name, write), field, word)
    }
}

extension Result where Failure == any Error {
    /// The findings for which something was refused; none where it was not.
    var findings: [RegistrationFinding] {
        if case .failure(let error) = self {
            (error as? RegistrationError)?.findings ?? []
        } else {
            []
        }
    }
}

/// The findings for which `body` refuses; none, and an issue, where it does something else.
func thrownFindings(
    _ body: () throws -> some Any,
    _ location: SourceLocation = #_sourceLocation
) -> [RegistrationFinding] {
    do {
        _ = try body()
    } catch let error as RegistrationError {
        return error.findings
    } catch {
        Issue.record(error, sourceLocation: location)
        return []
    }
    Issue.record("nothing was refused", sourceLocation: location)
    return []
}

extension RegistrationFinding {
    /// In the words of an API.
    var words: String { text(MemberVocabulary()) }
}

extension CertificateRecord {
    static func of(_ der: [UInt8]) throws -> CertificateRecord {
        try CertificateRegistration.client(der, now: Vectors.now).record
    }

    static func caCertificate(_ der: [UInt8]) throws -> CertificateRecord {
        try #require(try CertificateRegistration.caCertificates(der, now: Vectors.now).first).record
    }

    /// Some that differ in their thumbprints only, for counting.
    static func many(_ count: Int, _ der: [UInt8] = Vectors.one) -> [CertificateRecord] {
        (0..<count).map { number in
            CertificateRecord(
                thumbprint: [UInt8(number / 256), UInt8(number % 256)]
                    + [UInt8](repeating: 7, count: 30),
                der: der,
                subject: "CN=one,O=Handfast",
                notBefore: Vectors.now - 86_400,
                notAfter: Vectors.now + 86_400,
                createdAt: Vectors.now
            )
        }
    }
}

extension KeySetRegistration {
    /// One key of P-256, which nobody has.
    static let text = """
        {"keys":[{"kty":"EC","crv":"P-256","kid":"k",\
        "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",\
        "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}
        """

    static func example() throws -> KeySetRegistration {
        try KeySetRegistration(Array(text.utf8))
    }
}

/// A registered client, from which changes start.
func registered(_ write: (inout ClientChange) throws -> Void = { _ in }) throws -> ClientRecord {
    var change = ClientChange()
    change.name = "client"
    try write(&change)
    return try ClientRegistration.new(change, clientID: "id", at: Vectors.now - 10).client
}

/// The record after a change.
func changed(
    _ client: ClientRecord,
    _ write: (inout ClientChange) throws -> Void
) throws -> ClientRecord {
    var change = ClientChange()
    try write(&change)
    return try ClientRegistration.changed(client, by: change, at: Vectors.now).client
}
