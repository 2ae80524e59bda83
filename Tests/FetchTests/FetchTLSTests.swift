// SPDX-License-Identifier: Apache-2.0
import Fetch
import Testing

/// The servers that a fetch trusts.
struct FetchTLSTests {
    let origin: Origin

    init() throws {
        origin = try Origin.shared.get()
    }

    private func policy(_ caFile: String? = "root", seconds: Int = 10) -> FetchPolicy {
        .loopback(
            [.https],
            seconds: seconds,
            caFile: caFile.map { origin.certificate($0) }
        )
    }

    private func error(
        _ server: String,
        at host: String = "localhost",
        _ caFile: String? = "root"
    ) throws -> FetchError? {
        fetchError(try origin.https(at: host, server), policy(caFile))
    }

    @Test(arguments: ["good", "rsa", "ed448", "tls12", "tls13"])
    func `a server with a certificate is believed`(server: String) throws {
        for host in ["localhost", "127.0.0.1", "LOCALHOST"] {
            let url = try origin.https(at: host, server)
            #expect(try fetchText(url, policy()) == "hello")
        }
    }

    @Test func `a self-signed server is trusted where it is the trust anchor`() throws {
        #expect(try error("selfsigned", "selfsigned") == nil)
        #expect(try error("selfsigned")?.reason == .tls)
    }

    @Test func `a server under another CA is not trusted`() throws {
        let found = try error("good", "stranger")
        #expect(found?.reason == .tls)
        #expect(found?.description.hasPrefix("the server's certificate: ") == true)
    }

    @Test func `the system's CAs do not know the test's`() throws {
        #expect(try error("good", nil)?.reason == .tls)
    }

    @Test func `the server's own certificate is no trust anchor for it`() throws {
        #expect(try error("good", "good")?.reason == .tls)
    }

    @Test func `a certificate for another name is not believed`() throws {
        for host in ["localhost", "127.0.0.1"] {
            let found = try error("foreign", at: host)
            #expect(found?.reason == .tls)
            #expect(found?.description == "the server's certificate is for another name")
        }
    }

    @Test func `an expired certificate is not believed`() throws {
        let found = try error("expired")
        #expect(found?.reason == .tls)
        #expect(found?.description == "the server's certificate: certificate has expired")
    }

    @Test func `a certificate of a client is not believed`() throws {
        #expect(try error("client")?.reason == .tls)
    }

    @Test func `an old version of TLS is not spoken`() throws {
        #expect(try error("old")?.reason == .tls)
    }

    @Test func `a server without TLS is not spoken to`() throws {
        let found = fetchError(try origin.https("hello", "http"), policy())
        #expect(found?.reason == .tls)
        #expect(found?.description.contains("\n") == false)
    }

    @Test func `http is refused where only https is allowed`() throws {
        let found = fetchError(try origin.http("hello?plain"), policy())
        #expect(found?.reason == .scheme)
        #expect(found?.description == "its scheme is not https")
        #expect(try origin.asked("hello?plain") == 0)
    }

    @Test func `CAs that cannot be read are not the system's`() throws {
        #expect(try error("good", "nobody")?.reason == .tls)
    }

    @Test func `a handshake that nobody answers ends in time`() throws {
        let url = try origin.https("hello", "silent")
        var found: FetchError?
        let took = ContinuousClock().measure { found = fetchError(url, policy(seconds: 1)) }
        #expect(found?.reason == .timeout)
        #expect(took < .seconds(4))
    }
}
