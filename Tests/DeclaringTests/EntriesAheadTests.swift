// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Reactor
import SQLiteStore
import Storage
import TestSupport
import Testing
import Text

@testable import Declaring

/// Long declarations of clients, whose keys a thread checks ahead of the planner.
struct EntriesAheadTests {
    private static let now: Int64 = 1_796_083_200
    private static let count = 700
    private let home: Scratch
    private let store: SQLiteDatabase
    private let good: String
    /// The same certificate with a point that is not on its curve.
    private let broken: String

    init() throws {
        home = try Scratch()
        store = try SQLiteDatabase.open(directory: home.path + "/data", as: .tool)
        good = proxyCertificate
        let certificate = try CertificateFile.certificate(in: Array(good.utf8))
        let key = certificate.subjectPublicKeyInfo
        let starts = certificate.der.indices.filter { certificate.der[$0...].starts(with: key) }
        var der = certificate.der
        der[try #require(starts.first) + key.count - 1] ^= 1
        broken = PEMText.certificate(der)
    }

    /// A declaration of clients with a certificate each, in a line each; `certificates` has those
    /// of some of them.
    private func declaration(_ certificates: [Int: [String]] = [:]) -> DeclarationFile {
        let entries = (0..<Self.count).map { number in
            var json: [UInt8] = []
            let entry: JSONValue = .object([
                "client_id": .string("c\(number)"),
                "token_endpoint_auth_method": .string("self_signed_tls_client_auth"),
                "certificates": .array((certificates[number] ?? [good]).map { .string($0) }),
            ])
            JSONText.append(entry, to: &json)
            return String(decoding: json, as: UTF8.self)
        }
        let text = "{\"clients\": [\n\(entries.joined(separator: ",\n"))\n]}"
        return DeclarationFile(name: "f.json", Array(text.utf8))
    }

    private func plan(_ file: DeclarationFile) throws -> ApplyPlan {
        try ApplyPlanner.plan([file], in: store, at: Self.now)
    }

    @Test func `clients are taken in their order, each with its certificate`() throws {
        let plan = try plan(declaration())
        #expect(plan.differences.map(\.id) == (0..<Self.count).map { "c\($0)" })
        let thumbprint = try CertificateFile.certificate(in: Array(good.utf8)).thumbprint.bytes
        try plan.write(to: store, by: .server, at: Self.now)
        for id in ["c0", "c63", "c699"] {
            #expect(try store.client(id)?.certificates.map(\.thumbprint) == [thumbprint])
        }
        // Registered certificates are not judged again, and nothing of their clients changes.
        let again = try self.plan(declaration())
        #expect(again.isEmpty && again.unchanged == Self.count)
    }

    @Test func `a broken key is found wherever it stands, and also behind a sound one`() throws {
        let places = [0, 63, 64, 100, 300, 511, 512, 699]
        var certificates: [Int: [String]] = [:]
        for place in places { certificates[place] = [broken] }
        certificates[400] = [good, broken]
        certificates[401] = [broken, good]
        do {
            _ = try plan(declaration(certificates))
            Issue.record("nothing was refused")
        } catch let error as DeclarationError {
            let found = (places + [400, 401]).sorted()
            // The first entry stands in the second line.
            #expect(error.findings.map(\.place) == found.map { "f.json:\($0 + 2):2" })
            for (finding, number) in zip(error.findings, found) {
                #expect(finding.text.hasPrefix("client c\(number): "))
                #expect(finding.text.contains("Its public key is broken"))
            }
        }
        #expect(try store.clientCount() == 0)
    }

    /// Waits a little for the thread, and says how many entries then had sound keys.
    private func sound(_ texts: [String], pausing milliseconds: UInt32) -> Int {
        var ahead = EntriesAhead()
        for number in 0..<EntriesAhead.entriesMax {
            let entry = DeclaredEntry(
                kind: .client,
                members: ["certificates": .array(texts.map { .string($0) })],
                folder: "/",
                start: { "\(number)" },
                memberPlace: { _ in "\(number)" }
            )
            ahead.add(entry)
        }
        #expect(ahead.isFull)
        pause(milliseconds: milliseconds)
        var (count, next) = (0, 0)
        while let (entry, keys) = ahead.next() {
            #expect(entry.start() == "\(next)")
            next += 1
            count += keys.isEmpty ? 0 : 1
        }
        #expect(next == EntriesAhead.entriesMax)
        return count
    }

    @Test(.enabled(if: ProcessSettings.processors > 1))
    func `the thread finds sound keys, and none beside a broken one`() {
        let waits = (0..<8).lazy.map { UInt32(50) << $0 }
        #expect(waits.contains { sound([good], pausing: $0) > 0 })
        for texts in [[broken], [good, broken], ["no certificate"], [good, "none"]] {
            #expect(sound(texts, pausing: 100) == 0)
        }
    }
}
