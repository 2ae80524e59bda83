// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Cryptography
internal import FoundationEssentials
internal import HTTP
internal import OAuth
internal import OAuthTesting
internal import Text

/// The parts of an answer, each by itself in this process: what is left when there is no TLS and no
/// socket.
enum InProcessRungs {
    /// Seconds of one round of one rung.
    private static let roundSeconds = 0.08

    static func measure(rounds: Int) throws(BenchmarkError) -> [Rung] {
        let bench: TokenBench
        do {
            bench = try TokenBench()
        } catch {
            throw BenchmarkError("the parts in this process cannot be set up: \(error)")
        }
        return [
            rung("digest of a certificate, client looked up", rounds) { bench.lookUp() },
            rung("request and form parsed", rounds) { bench.parse() },
            rung("decided (up to a scope that is refused)", rounds) { bench.decide() },
            rung("ES256 signature", rounds) { bench.sign() },
            rung("decided, assembled and signed", rounds) { bench.answer() },
        ].compactMap { $0 }
    }

    /// Times `body`, which says whether it did what it should; nil when it did not.
    static func rung(_ name: String, _ rounds: Int, _ body: () -> Bool) -> Rung? {
        guard body() else { return nil }
        // As many repetitions as make a round long against the clock's own cost.
        var count = 16
        while count < 1 << 24, seconds(count, body) < roundSeconds / 4 { count *= 2 }
        let repetitions = count * 4
        var nanoseconds: [Double] = []
        for _ in 0..<max(3, rounds) {
            nanoseconds.append(seconds(repetitions, body) * 1e9 / Double(repetitions))
        }
        return Rung(name: name, nanoseconds: nanoseconds)
    }

    // This thread's CPU time, so that others on the machine do not count.
    private static func seconds(_ count: Int, _ body: () -> Bool) -> Double {
        let before = handfast_thread_cpu_nanoseconds()
        var good = true
        for _ in 0..<count { good = body() && good }
        let after = handfast_thread_cpu_nanoseconds()
        // Without a use of the result the optimizer may leave the work out.
        return good ? Double(after - before) / 1e9 : .infinity
    }
}

/// A client, a registry with others in it, and a token endpoint, as a reactor thread has them.
private final class TokenBench {
    private let digester = Digester()
    private let certificate: [UInt8]
    private let registry: Registry
    private let clientID: [UInt8]
    private let request: [UInt8]
    private let formBody: [UInt8]
    private let peer: StubPeer
    private let signer: Signer
    private let message = [UInt8](repeating: UInt8(ascii: "a"), count: 480)
    private var parser = RequestParser(limits: HTTPLimits())
    private var form = FormFields()
    private var refusedForm = FormFields()
    private var endpoint: TokenEndpoint
    private var out: [UInt8] = []

    init() throws {
        let identity = try CertificateFactory.identity(.rsa, commonName: "bench")
        let base64 = identity.certificate.split(separator: "\n").filter { !$0.hasPrefix("-") }
        guard let der = Data(base64Encoded: base64.joined()) else {
            throw BenchmarkError("the certificate is not PEM")
        }
        certificate = Array(der)
        let thumbprint = Digest256.of(certificate)
        peer = StubPeer(thumbprint)
        var clients = ClientRegistry(expected: 10_000)
        for number in 0..<10_000 {
            clients.insert(
                try client(
                    "client-number-\(number)",
                    policy(scopes: ["read"]),
                    certificates: [
                        RegisteredCertificate(thumbprint: thumbprint, notBefore: 0, notAfter: .max)
                    ]
                )
            )
        }
        registry = Registry(clients: clients, users: [:], generation: 1)
        clientID = Array("client-number-4711".utf8)
        let key = try SigningKey.generate()
        signer = try Signer(key, digester: digester)
        let material = try SigningKeyMaterial(
            keyID: try key.thumbprint(),
            pkcs8: try key.pkcs8(),
            activeFrom: 0,
            retiredAt: nil
        )
        endpoint = TokenEndpoint(
            IssuerSettings(
                issuer: "https://localhost:9443",
                tokens: TokenSettings(audience: "https://localhost:9443", lifetime: 3_600)
            ),
            keys: TokenKeys(signing: SigningKeys([material]), sealing: SealingKeys([])),
            dummyPasswordHash: ""
        )
        let body = "grant_type=client_credentials&client_id=client-number-4711&scope="
        request = Target(host: "localhost", port: 9_443, path: "/oauth2/token")
            .request(body: body + "read")
        let accepted = Array((body + "read").utf8)
        formBody = accepted
        try form.parse(accepted.span)
        let refused = Array((body + "other").utf8)
        try refusedForm.parse(refused.span)
        out.reserveCapacity(4_096)
    }

    func lookUp() -> Bool {
        // Locals, here and below, since a span may not outlive its access to a property.
        let (certificate, clientID) = (certificate, clientID)
        let thumbprint = digester.digest(certificate.span)
        guard let client = registry.clients.client(clientID.span) else { return false }
        return client.accepts(thumbprint, now: noon)
    }

    func parse() -> Bool {
        let (request, formBody) = (request, formBody)
        parser.reset()
        do {
            guard case .complete(let consumed) = try parser.advance(request.span),
                consumed == request.count
            else { return false }
            try form.parse(formBody.span)
        } catch {
            return false
        }
        return form.range(of: .clientID) != nil
    }

    func decide() -> Bool {
        out.removeAll(keepingCapacity: true)
        let result = endpoint.respond(
            to: refusedForm,
            authorization: .none,
            peer: peer,
            DecisionContext(registry: registry, now: noon),
            into: &out
        )
        if case .refused = result { return true }
        return false
    }

    func sign() -> Bool {
        out.removeAll(keepingCapacity: true)
        let message = message
        do {
            let signature = try signer.signature(over: message.span)
            Base64URL.append(signature.span, to: &out)
        } catch {
            return false
        }
        return !out.isEmpty
    }

    func answer() -> Bool {
        out.removeAll(keepingCapacity: true)
        let result = endpoint.respond(
            to: form,
            authorization: .none,
            peer: peer,
            DecisionContext(registry: registry, now: noon),
            into: &out
        )
        if case .issued = result { return true }
        return false
    }
}
