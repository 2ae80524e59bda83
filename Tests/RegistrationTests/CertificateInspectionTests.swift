// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Registration
import Testing
import Text

/// A certificate's contents, for people and for programs, from one list of facts.
struct CertificateInspectionTests {
    private func inspection(_ der: [UInt8]) throws -> CertificateInspection {
        CertificateInspection(try Certificate(der: der), now: Vectors.now)
    }

    /// The line of this name, without the name.
    private func line(_ name: String, _ inspection: CertificateInspection) -> String? {
        let line = inspection.text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
        return line.map { String($0.dropFirst(20)) }
    }

    @Test func `a certificate that can be registered says so to both`() throws {
        let one = try inspection(Vectors.one)
        #expect(one.value["registrable"] == .boolean(true))
        #expect(line("registration", one) == "can be registered")
        #expect(one.value["subject"]?.text == "CN=one,O=Handfast")
        #expect(line("subject", one) == "CN=one,O=Handfast")
        #expect(one.value["subject_general_first"]?.text == "O=Handfast,CN=one")
        // People read what programs compare.
        #expect(one.value["self_issued"] == .boolean(true))
        #expect(one.value["issuer"]?.text == "CN=one,O=Handfast" && line("issuer", one) == "itself")
        #expect(one.value["x5t#S256"]?.text == line("x5t#S256", one))
        #expect(one.value["authority"] == .boolean(false) && line("CA", one) == "no")
        // A missing extension is no member and no line.
        #expect(one.value["key_usage"] == nil && line("key usage", one) == nil)
        #expect(one.value["alternative_names"] == .array([]))
    }

    @Test(arguments: [Vectors.weak, Vectors.ended])
    func `one that would be refused says so to both, with the finding`(_ der: [UInt8]) throws {
        let refused = try inspection(der)
        #expect(refused.value["registrable"] == .boolean(false))
        #expect(line("registration", refused) == "would be refused")
        guard case .array(let findings) = refused.value["findings"] else {
            return #expect(Bool(false))
        }
        let errors = findings.filter { $0["severity"]?.text == "error" }
        #expect(!errors.isEmpty)
        for error in errors {
            #expect(error["text"].flatMap(\.text).map(refused.text.contains) == true)
        }
    }
}
