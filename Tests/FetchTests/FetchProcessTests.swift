// SPDX-License-Identifier: Apache-2.0
import COpenSSL
import Cryptography
import Fetch
import Foundation
import Testing

/// State of the whole process: OpenSSL's library contexts, and the environment.
struct FetchProcessTests {
    let origin: Origin

    init() throws {
        origin = try Origin.shared.get()
    }

    /// Whether OpenSSL's default context, as this thread sees it, has a digest that no TLS server
    /// needs.
    private static var hasMD5: Bool {
        // SAFETY: the digest is ours, and freed.
        let digest = unsafe EVP_MD_fetch(nil, "MD5", nil)
        unsafe EVP_MD_free(digest)
        ERR_clear_error()
        return unsafe digest != nil
    }

    /// The thread's default context, as a number; asking does not change it.
    private static var context: Int {
        unsafe Int(bitPattern: OSSL_LIB_CTX_set0_default(nil))
    }

    // The slim provider knows no Ed448: that key shows whose algorithms a fetch has.
    @Test(arguments: [true, false], ["good", "ed448", "tls12"])
    func `a fetch works beside either provider, and leaves the thread as it was`(
        slim: Bool,
        server: String
    ) async throws {
        let url = try origin.https("hello", server)
        let cut = try origin.https("cut", server)
        let caFile = origin.certificate("root")
        let stranger = origin.certificate("stranger")
        await #expect(processExitsWith: .success) {
            [
                slim = slim as Bool, url = url as String, cut = cut as String,
                caFile = caFile as String, stranger = stranger as String
            ] in
            #expect(CryptographyLibrary.start(slim: slim) == (slim ? .slim : .plain))
            let before = Self.context
            #expect(Self.hasMD5 != slim)
            let policy = FetchPolicy.loopback([.https], caFile: caFile)
            for _ in 0..<2 {
                let body = try fetchText(url, policy)
                #expect(body == "hello")
                #expect(Self.context == before && Self.hasMD5 != slim)
            }
            // Every way out: refused at once, in the handshake, and in the middle of a body.
            var other = policy
            other.caFile = stranger
            var broken = policy
            broken.caFile = "/proc/self/exe"
            let failures = [
                (fetchError("nonsense", policy), FetchError.Reason.url),
                (fetchError(url, FetchPolicy()), .address), (fetchError(url, other), .tls),
                (fetchError(url, broken), .tls), (fetchError(cut, policy), .other),
            ]
            for (error, reason) in failures { #expect(error?.reason == reason) }
            #expect(Self.context == before && Self.hasMD5 != slim)
            // No error of that fetch is left for the next call.
            #expect(ERR_peek_error() == 0)
        }
    }

    @Test func `a thread of its own context gets it back`() async throws {
        let url = try origin.https()
        let caFile = origin.certificate("root")
        await #expect(processExitsWith: .success) {
            [url = url as String, caFile = caFile as String] in
            // SAFETY: the context is made and freed here, after the thread has left it.
            let own = unsafe OSSL_LIB_CTX_new()
            let before = unsafe OSSL_LIB_CTX_set0_default(own)
            let policy = FetchPolicy.loopback([.https], caFile: caFile)
            let body = try fetchText(url, policy)
            #expect(body == "hello")
            #expect(Self.context == Int(bitPattern: own))
            unsafe OSSL_LIB_CTX_set0_default(before)
            unsafe OSSL_LIB_CTX_free(own)
        }
    }

    @Test func `several threads fetch at once`() async throws {
        let url = try origin.https()
        let caFile = origin.certificate("root")
        await #expect(processExitsWith: .success) {
            [url = url as String, caFile = caFile as String] in
            _ = CryptographyLibrary.start(slim: true)
            let bodies = await withTaskGroup(of: String?.self) { group in
                for _ in 0..<16 {
                    group.addTask {
                        let policy = FetchPolicy.loopback([.https], caFile: caFile)
                        return try? fetchText(url, policy)
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(bodies.count == 16 && bodies.allSatisfy { $0 == "hello" })
        }
    }

    private static let proxies = [
        "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
    ]

    @Test func `a proxy of the environment is not asked`() async throws {
        let (plain, url) = (try origin.http("hello"), try origin.https())
        let caFile = origin.certificate("root")
        let proxy = try origin.http("", "closed")
        // The same address in the environment of a client that heeds it: nobody listens there.
        let client = Process()
        client.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        client.arguments = ["curl", "--silent", plain]
        client.environment = ProcessInfo.processInfo.environment
            .merging(Self.proxies.map { ($0, proxy) }) { $1 }
        try client.run()
        client.waitUntilExit()
        #expect(client.terminationStatus != 0)
        await #expect(processExitsWith: .success) {
            [
                plain = plain as String, url = url as String, proxy = proxy as String,
                caFile = caFile as String
            ] in
            for name in Self.proxies { unsafe setenv(name, proxy, 1) }
            let policy = FetchPolicy.loopback([.http, .https], caFile: caFile)
            let first = try fetchText(plain, policy)
            #expect(first == "hello")
            let body = try fetchText(url, policy)
            #expect(body == "hello")
        }
    }

    @Test func `passwords of the home folder are not sent`() async throws {
        let url = try origin.http("request")
        let home = origin.folder.path
        try "machine 127.0.0.1 login me password secret\n"
            .write(toFile: home + "/.netrc", atomically: true, encoding: .utf8)
        await #expect(processExitsWith: .success) { [url = url as String, home = home as String] in
            unsafe setenv("HOME", home, 1)
            unsafe setenv("NETRC", home + "/.netrc", 1)
            let request = try fetchText(url, .loopback())
            #expect(request.contains("User-Agent") && !request.contains("Authorization"))
        }
    }
}
