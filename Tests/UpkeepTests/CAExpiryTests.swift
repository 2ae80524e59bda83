// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Logging
import OAuth
import Testing

@testable import Upkeep

/// CA certificates that end at 2027-01-20 (`soon`) and at 2028-02-19, 5 and 400 days after `now`.
@Suite struct `CA certificates that end` {
    private static let now: Int64 = 1_800_000_000
    private static let day = CertificateDates.secondsOfDay

    /// `CN=Root`.
    private static let soon = """
        -----BEGIN CERTIFICATE-----
        MIIBYjCCAQigAwIBAgIUbjp8Qqqvhrpne0N4XEY2pdt0id4wCgYIKoZIzj0EAwIw
        DzENMAsGA1UEAwwEUm9vdDAeFw0yNjExMjkwMTI0MTNaFw0yNzAxMjAwODAwMDBa
        MA8xDTALBgNVBAMMBFJvb3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAT4KU1h
        SiSkveinRuNJMb0U8Iau3JWMI5mzoYTZbs1YZpVHeA9VFkMsHcT04Vjfqo+ACekt
        dDmeL4js0QIgN1f/o0IwQDAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwIB
        BjAdBgNVHQ4EFgQUuRrmu3YmN4lOikP3xim1VmsRbgYwCgYIKoZIzj0EAwIDSAAw
        RQIhAPv1hInuqSJNNRTLWlWDTqEay7pSzHD5HuyHgmdKiCoAAiBMYxo0leOV8/1r
        Cj4xu72yUO6hNmYteoq7jjf9i5hR9A==
        -----END CERTIFICATE-----
        """
    /// `CN=Root` again.
    private static let renewed = """
        -----BEGIN CERTIFICATE-----
        MIIBYTCCAQigAwIBAgIUNpEj2AdhmrwBw11Pi4LE5UwzJv0wCgYIKoZIzj0EAwIw
        DzENMAsGA1UEAwwEUm9vdDAeFw0yNjExMjkwMTI0MTNaFw0yODAyMTkwODAwMDBa
        MA8xDTALBgNVBAMMBFJvb3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQglvqG
        chIAJRIfAWaIJhirktfom/iAXYQUdQs5cM1YV5p6+lkFHIBa0IhN92ogwl1uZjiW
        1zem+rQeKdVuHrpso0IwQDAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwIB
        BjAdBgNVHQ4EFgQU0rIil/p89FhmPUjLCiI6ICbFlIQwCgYIKoZIzj0EAwIDRwAw
        RAIgUocVRSnqvNC9IkxU3ADnHO5MhshnbWGsI7u7SDlaDZcCIH1k8qN42yIRgnlP
        mHtqH17mUzOPdBZlCjByI3Dswlyn
        -----END CERTIFICATE-----
        """
    /// `CN=Other`.
    private static let other = """
        -----BEGIN CERTIFICATE-----
        MIIBYzCCAQqgAwIBAgIUDV/tDI+BW9V+ATfUyVD2//Kf7vEwCgYIKoZIzj0EAwIw
        EDEOMAwGA1UEAwwFT3RoZXIwHhcNMjYxMTI5MDEyNDEzWhcNMjgwMjE5MDgwMDAw
        WjAQMQ4wDAYDVQQDDAVPdGhlcjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABBDX
        +37zrl1o9O38oj0lt+RyUqpEcIa0v0QbIpE4hUbtKCAIarFngH1mPKsm/okGV0Mo
        FOzDq/kbf/hdhASMUOyjQjBAMA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQD
        AgEGMB0GA1UdDgQWBBTfGv27piEvEMnx6unWRwQDyaB7JDAKBggqhkjOPQQDAgNH
        ADBEAiBtBvB3v9D0DGNYqGVWImVliUH4j72wiDJw9jFHZhZ/vQIgFV+J5cAR6MoL
        O38veQqTAY0naiqpueftYiU4nIIJBDE=
        -----END CERTIFICATE-----
        """

    private func verifier(_ texts: [String]) throws -> ChainVerifier {
        try ChainVerifier(
            anchors: texts.map { try CertificateFile.certificate(in: Array($0.utf8)) }
        )
    }

    private func client(_ verifier: ChainVerifier, enabled: Bool = true) throws -> Client {
        let trust = CertificateTrust(
            subject: try CertificateSubject(.distinguishedName, parsing: "CN=client"),
            verifier: verifier
        )
        return try #require(
            Client(
                id: "app",
                policy: policy(.tls),
                isEnabled: enabled,
                secret: nil,
                trust: trust,
                certificates: []
            )
        )
    }

    private func lines(
        _ clients: [Client] = [],
        sets: [String: ChainVerifier] = [:],
        after days: Int64 = 0
    ) -> [String] {
        var known = ClientRegistry()
        for client in clients { known.insert(client) }
        let log = RecordedLog.Lines()
        _ = CertificateExpiry(
            Registry(clients: known, users: [:], trustSets: sets, generation: 1),
            days: 30,
            now: Self.now + days * Self.day,
            log: log.logger
        )
        return log.take().map(\.json)
    }

    @Test func `one of a trust set is told with the set's name, and a lasting one is not`() throws {
        let said = try lines(sets: ["inner": verifier([Self.soon, Self.other])])
        let line = try #require(said.first)
        #expect(said.count == 1)
        for part in [
            "a CA of clients ends soon", #""trust_set":"inner""#, #""subject":"CN=Root""#,
            #""not_after":"2027-01-20T08:00:00.000Z""#,
        ] {
            #expect(line.contains(part), "\(part) in \(line)")
        }
        #expect(try lines(sets: ["inner": verifier([Self.other])]).isEmpty)
    }

    @Test func `one of a client is told with the client's id, unless it is disabled`() throws {
        let own = try verifier([Self.soon])
        let said = try lines([client(own)], after: 6)
        #expect(said.count == 1)
        #expect(said.first?.contains("a CA has ended; clients under it are refused") == true)
        #expect(said.first?.contains(#""client_id":"app""#) == true)
        #expect(try lines([client(own, enabled: false)], after: 6).isEmpty)
    }

    @Test func `one with a successor of the same name is not spoken of`() throws {
        let both = try verifier([Self.soon, Self.renewed])
        #expect(try lines([client(both)], sets: ["inner": both]).isEmpty)
        #expect(try lines([client(both)], sets: ["inner": both], after: 380).count == 2)
    }
}
