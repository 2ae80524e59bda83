// SPDX-License-Identifier: Apache-2.0
internal import FoundationEssentials

/// The format of a client's access tokens.
enum TokenFormat: String, Codable, CaseIterable, Sendable {
    /// Signed anew for each request (RFC 9068).
    case jwt
    /// Opaque, encrypted, read by introspection.
    case sealed
    /// The same still-fresh token for the same client and certificate.
    case reused
}

/// A client that the server knows, and how it asks for a token.
struct RegisteredClient: Sendable {
    let identity: Identity
    let clientID: String
    let body: String
}

/// Registers clients through the server's own command line, as an operator would.
struct Registration {
    let program: String
    let data: String
    let folder: TemporaryFolder

    /// The formats that this server's `client add` offers.
    func formats() throws(BenchmarkError) -> [TokenFormat] {
        let help = try ChildProcess.run([program, "client", "add", "--help"], in: folder).output
        var formats = [TokenFormat.jwt]
        if help.contains("--token-format") { formats.append(.sealed) }
        if help.contains("--reuse-window") { formats.append(.reused) }
        return formats
    }

    /// Adds one client with one certificate.
    func add(
        _ name: String,
        identity: Identity,
        format: TokenFormat = .jwt,
        grants: String = "client_credentials",
        more: [String] = []
    ) throws(BenchmarkError) -> RegisteredClient {
        let file = folder.path("\(name).pem")
        try Files.write(identity.certificate, to: file)
        return try add(
            name,
            identity,
            format,
            ["--certificate", file, "--grant-types", grants] + more
        )
    }

    /// Adds one client that is known by its subject under the CA `issuer` (RFC 8705 §2.1).
    func add(
        _ name: String,
        identity: Identity,
        issuedBy issuer: Identity
    ) throws(BenchmarkError) -> RegisteredClient {
        let file = folder.path("\(name)-ca.pem")
        try Files.write(issuer.certificate, to: file)
        return try add(
            name,
            identity,
            .jwt,
            [
                "--ca-certificate", file, "--subject-dn", CertificateFactory.subject(name),
                "--grant-types", "client_credentials",
            ]
        )
    }

    private func add(
        _ name: String,
        _ identity: Identity,
        _ format: TokenFormat,
        _ options: [String]
    ) throws(BenchmarkError) -> RegisteredClient {
        var arguments =
            [program, "client", "add", name, "--data", data, "--scope", "read", "--json"] + options
        switch format {
        case .jwt: break
        case .sealed: arguments += ["--token-format", "sealed"]
        case .reused: arguments += ["--reuse-window", "60"]
        }
        let result = try ChildProcess.run(arguments, in: folder)
        guard result.status == 0 else {
            throw BenchmarkError(
                "'handfast client add \(name)' failed: "
                    + (result.errors + result.output).suffix(600)
            )
        }
        let clientID = try Self.clientID(in: result.output)
        return RegisteredClient(
            identity: identity,
            clientID: clientID,
            body: Self.body(clientID: clientID)
        )
    }

    /// Adds a user, by the command that reads the password from a pipe.
    func addUser(_ name: String, password: String) throws(BenchmarkError) {
        let command = #"printf '%s\n' "$3" | "$0" user add "$1" --password-stdin --data "$2""#
        let result = try ChildProcess.run(
            ["/bin/sh", "-c", command, program, name, data, password],
            in: folder
        )
        guard result.status == 0 else {
            throw BenchmarkError("'handfast user add' failed: \(result.errors.suffix(600))")
        }
    }

    /// Adds many clients with a P-256 certificate each, `certificatesEach` at a time to one client.
    ///
    /// One run of the command line takes longer than a certificate does, so a client gets several
    /// certificates; the server looks each of them up by its own thumbprint all the same.
    func addMany(
        _ count: Int,
        certificatesEach: Int = 32,
        progress: (Int) -> Void
    ) throws(BenchmarkError) -> [RegisteredClient] {
        var result: [RegisteredClient] = []
        while result.count < count {
            let size = min(certificatesEach, count - result.count)
            let name = "load-\(result.count)"
            var identities: [Identity] = []
            var arguments = [
                program, "client", "add", name, "--data", data,
                "--grant-types", "client_credentials", "--scope", "read", "--json",
            ]
            for index in 0..<size {
                if Interruption.happened { throw BenchmarkError("interrupted") }
                let identity = try CertificateFactory.identity(.ec, commonName: "\(name)-\(index)")
                let file = folder.path("load-\(index).pem")
                try Files.write(identity.certificate, to: file)
                arguments += ["--certificate", file]
                identities.append(identity)
            }
            let answer = try ChildProcess.run(arguments, in: folder)
            guard answer.status == 0 else {
                throw BenchmarkError(
                    "'handfast client add \(name)' failed: \(answer.errors.suffix(600))"
                )
            }
            let clientID = try Self.clientID(in: answer.output)
            let body = Self.body(clientID: clientID)
            result += identities.map {
                RegisteredClient(identity: $0, clientID: clientID, body: body)
            }
            progress(result.count)
        }
        return result
    }

    static func body(clientID: String) -> String {
        "grant_type=client_credentials&client_id=\(clientID)&scope=read"
    }

    /// The `client_id` of a client information response (RFC 7591 §3.2.1).
    static func clientID(in json: String) throws(BenchmarkError) -> String {
        struct Response: Decodable {
            let client_id: String
        }
        guard let response = try? JSONDecoder().decode(Response.self, from: Data(json.utf8)) else {
            throw BenchmarkError(
                "'handfast client add --json' printed no client_id:\n\(json.prefix(400))"
            )
        }
        return response.client_id
    }
}
