// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Registration
import Storage
import TestSupport
import Testing
import Text

struct LabelTests {
    @Test(arguments: [
        ["team": "a"], ["a/b.c_d-e": ""], [String(repeating: "n", count: 63): "ü 日本"],
        ["k": String(repeating: "v", count: 255)],
    ])
    func `labels of short printable texts are registered`(labels: [String: String]) throws {
        let client = try registered { $0.labels.set = labels }
        #expect(client.labels == labels)
        #expect(ClientInformation.value(client)["labels"] == LabelRules.value(labels))
    }

    @Test(arguments: [
        ["": "a"], ["a b": "x"], ["ü": "x"], ["a=b": "x"], ["a\n": "x"],
        [String(repeating: "n", count: 64): "x"], ["k": "a\nb"], ["k": "\u{202e}x"],
        ["k": String(repeating: "v", count: 256)],
        Dictionary(uniqueKeysWithValues: (0..<33).map { ("k\($0)", "v") }),
    ])
    func `other labels are refused of clients, users and trust sets`(
        labels: [String: String]
    ) throws {
        let refused = thrownFindings { try registered { $0.labels.set = labels } }
        #expect(refused.map(\.field) == [.labels])
        let user = thrownFindings {
            try UserRegistration.new(
                "admin",
                password: "x",
                labels: labels,
                cost: .least,
                at: Vectors.now
            )
        }
        #expect(user == refused)
        var change = TrustSetChange()
        change.caCertificates = [RevocationVectors.root]
        change.labels.set = labels
        let set = thrownFindings {
            try TrustSetRegistration.new("internal", change, at: Vectors.now)
        }
        #expect(set == refused)
    }

    @Test func `labels are given, replaced and taken away by name`() throws {
        let client = try registered { $0.labels.set = ["team": "a", "stage": "live"] }
        let renamed = try changed(client) { $0.labels.set = ["team": "b"] }
        #expect(renamed.labels == ["team": "b", "stage": "live"])
        let fewer = try changed(client) { $0.labels.removed = ["team"] }
        #expect(fewer.labels == ["stage": "live"])
        let others = try changed(client) { $0.labels = LabelChange(instead: ["x": "y"]) }
        #expect(others.labels == ["x": "y"])
        let findings = thrownFindings { try changed(client) { $0.labels.removed = ["nobody"] } }
        #expect(findings.map(\.field) == [.labels] && findings.map(\.kind) == [.conflict])
    }
}
