// SPDX-License-Identifier: Apache-2.0
import Cryptography
import OAuth
import Registration
import Storage
import TestSupport
import Testing
import Text

/// Trust sets of trust domains: made, changed, printed and put back, and what their bundles do.
struct TrustDomainTests {
    private static let now: Int64 = 1_790_000_000
    private static let url = "https://spire.example/bundle"

    private func bundle(
        _ sequence: Int64?,
        _ cas: [[UInt8]] = [SPIFFEFixtures.ca]
    ) throws -> SPIFFEBundle {
        try SPIFFEBundle(SPIFFEFixtures.bundle(cas, sequence: sequence, hint: 60).span)
    }

    private func change(_ write: (inout TrustSetChange) throws -> Void) rethrows -> TrustSetChange {
        var change = TrustSetChange()
        try write(&change)
        return change
    }

    private func made(
        _ bundle: SPIFFEBundle? = nil,
        _ write: (inout TrustSetChange) -> Void = { _ in }
    ) throws -> TrustSetRecord {
        var change = TrustSetChange()
        change.trustDomain = "example.org"
        change.bundle = .init(source: bundle == nil ? Self.url : "/bundle.json", bundle: bundle)
        write(&change)
        return try TrustSetRegistration.new("mesh", change, at: Self.now).set
    }

    private func changed(
        _ set: TrustSetRecord,
        _ write: (inout TrustSetChange) throws -> Void
    ) throws -> TrustSetRecord {
        try TrustSetRegistration.changed(set, by: change(write), at: Self.now + 10).set
    }

    // MARK: registration

    @Test func `a set with a URL has no CA until it was fetched`() throws {
        let set = try made()
        #expect(set.caCertificates.isEmpty && set.spiffe?.source == Self.url)
        #expect(set.spiffe?.maxStaleness == 86_400 && set.spiffe?.checkedAt == 0)
    }

    @Test func `a set with a file has the file's CAs at once`() throws {
        let set = try made(bundle(7))
        #expect(set.caCertificates == [SPIFFEFixtures.ca])
        #expect(set.spiffe?.sequence == 7 && set.spiffe?.refreshSeconds == 60)
        #expect(set.spiffe?.checkedAt == Self.now)
    }

    @Test func `what makes no trust domain is refused`() throws {
        func field(_ write: (inout TrustSetChange) -> Void) -> RegistrationField? {
            thrownFindings { _ = try made(nil, write) }.first?.field
        }
        #expect(field { $0.trustDomain = "spiffe://example.org" } == .trustDomain)
        #expect(field { $0.trustDomain = "Example.org" } == .trustDomain)
        #expect(field { $0.trustDomain = nil } == .trustDomain)
        #expect(field { $0.bundle = nil } == .trustDomain)
        #expect(
            field { $0.bundle = .init(source: "http://a.example/b", bundle: nil) }
                == .spiffeBundle
        )
        #expect(field { $0.maxStaleness = 59 } == .maxStaleness)
        #expect(field { $0.maxStaleness = 2_592_001 } == .maxStaleness)
        #expect(try made(nil) { $0.maxStaleness = 60 }.spiffe?.maxStaleness == 60)
        #expect(field { $0.caCertificates = [SPIFFEFixtures.ca] } == .caCertificates)
        #expect(field { $0.serverAuthDay = "2026-10-01" } == .serverAuthUntil)
    }

    @Test func `a set stays of its kind, and of its trust domain`() throws {
        let set = try made(bundle(7))
        let others = TrustSetRecord(name: "a", caCertificates: [SPIFFEFixtures.ca], created: 1)
        func field(
            _ set: TrustSetRecord,
            _ write: (inout TrustSetChange) -> Void
        ) -> RegistrationField? {
            thrownFindings { _ = try changed(set, write) }.first?.field
        }
        #expect(field(set) { $0.trustDomain = "example.com" } == .trustDomain)
        #expect(field(set) { $0.caCertificates = [SPIFFEFixtures.nextCA] } == .caCertificates)
        #expect(field(others) { $0.maxStaleness = 600 } == .trustDomain)
        #expect(field(others) { $0.acceptedSequence = 0 } == .trustDomain)
        #expect(try changed(set) { $0.maxStaleness = 600 }.spiffe?.maxStaleness == 600)
    }

    // MARK: sequences

    @Test func `a sequence that goes back keeps what is there`() throws {
        var set = try made(bundle(7))
        #expect(
            set.take(try bundle(6, [SPIFFEFixtures.nextCA]), at: Self.now + 1) == .older(than: 7)
        )
        #expect(
            set.take(try bundle(nil, [SPIFFEFixtures.nextCA]), at: Self.now + 1)
                == .older(than: 7)
        )
        #expect(set.caCertificates == [SPIFFEFixtures.ca] && set.spiffe?.checkedAt == Self.now)
        #expect(set.take(try bundle(7), at: Self.now + 2) == .same)
        #expect(set.spiffe?.checkedAt == Self.now + 2)
        let both = [SPIFFEFixtures.ca, SPIFFEFixtures.nextCA]
        #expect(set.take(try bundle(8, both), at: Self.now + 3) == .taken)
        #expect(set.caCertificates == both && set.spiffe?.sequence == 8)
    }

    @Test func `CAs of one source do not count as those of another`() throws {
        let set = try made(bundle(7))
        let moved = try changed(set) {
            $0.bundle = SPIFFEBundleSource.Named(source: "https://new.example/b", bundle: nil)
        }
        #expect(moved.caCertificates.isEmpty && moved.spiffe?.checkedAt == 0)
        #expect(moved.spiffe?.sequence == 7 && moved.spiffe?.source == "https://new.example/b")
        // The twin: the same source again.
        let same = try changed(set) {
            $0.bundle = SPIFFEBundleSource.Named(source: set.spiffe?.source ?? "", bundle: nil)
        }
        #expect(same.caCertificates == set.caCertificates && same.spiffe == set.spiffe)
    }

    @Test func `a look goes back only from a clock that was ahead`() throws {
        var set = try made(bundle(7))
        set.spiffe?.checkedAt = Self.now + 2_592_000
        #expect(set.take(try bundle(7), at: Self.now) == .same)
        #expect(set.spiffe?.checkedAt == Self.now)
        #expect(set.take(try bundle(7), at: Self.now - 30) == .same)
        #expect(set.spiffe?.checkedAt == Self.now)
    }

    @Test func `a rebuilt server's sequence is accepted when that is said`() throws {
        let set = try made(bundle(7))
        let rebuilt = SPIFFEBundleSource.Named(
            source: "/bundle.json",
            bundle: try bundle(2, [SPIFFEFixtures.nextCA])
        )
        let findings = thrownFindings { _ = try changed(set) { $0.bundle = rebuilt } }
        #expect(findings.map(\.field) == [.spiffeBundle] && findings[0].kind == .conflict)
        var lowered = try changed(set) { $0.acceptedSequence = 2 }
        #expect(lowered.spiffe?.sequence == 2 && lowered.caCertificates == [SPIFFEFixtures.ca])
        #expect(lowered.take(try bundle(1), at: Self.now) == .older(than: 2))
        #expect(lowered.take(try bundle(2, [SPIFFEFixtures.nextCA]), at: Self.now) == .taken)
        // Both at once.
        let both = try changed(set) {
            $0.acceptedSequence = 2
            $0.bundle = rebuilt
        }
        #expect(both.caCertificates == [SPIFFEFixtures.nextCA])
        #expect(thrownFindings { _ = try changed(set) { $0.acceptedSequence = -1 } }.count == 1)
    }

    // MARK: documents

    @Test func `a set that is printed can be put back, and changes nothing`() throws {
        let set = try made(bundle(7))
        let printed = TrustSetInformation.value(set, clients: 3)
        #expect(printed["ca_certificates"] == nil && printed["trust_domain"]?.text == "example.org")
        #expect(printed["bundle"]?["sequence"] == .integer(7))
        let again = try TrustSetDocument.replacing(
            set,
            by: printed,
            files: .none,
            at: Self.now + 99
        )
        #expect(!again.changes(set) && again.set.spiffe == set.spiffe)
    }

    @Test func `a patch accepts a sequence once, and a whole document never`() throws {
        let set = try made(bundle(7))
        let patch = JSONValue.object(["accept_sequence": .integer(2)])
        let patched = try TrustSetDocument.patching(set, with: patch, files: .none, at: Self.now)
        #expect(patched.set.spiffe?.sequence == 2 && patched.changes(set))
        #expect(patched.set.caCertificates == set.caCertificates)
        for value in [JSONValue.integer(-1), .string("2"), .null] {
            #expect(
                thrownFindings {
                    _ = try TrustSetDocument.patching(
                        set,
                        with: .object(["accept_sequence": value]),
                        files: .none,
                        at: Self.now
                    )
                }.map(\.field) == [.acceptSequence]
            )
        }
        guard case .object(var whole) = TrustSetInformation.value(set) else { return }
        whole["accept_sequence"] = .integer(2)
        #expect(
            thrownFindings {
                _ = try TrustSetDocument.replacing(
                    set,
                    by: .object(whole),
                    files: .none,
                    at: Self.now
                )
            }.map(\.field) == [.unknown]
        )
    }

    @Test func `a whole document must not leave the trust domain out`() throws {
        let set = try made(bundle(7))
        #expect(
            thrownFindings {
                _ = try TrustSetDocument.replacing(
                    set,
                    by: .object(["name": .string("mesh")]),
                    files: .none,
                    at: Self.now
                )
            }.first?.field == .trustDomain
        )
    }
}
