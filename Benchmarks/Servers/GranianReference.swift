// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// granian from PyPI, whose TLS is rustls, with mutual TLS on and a fixed page as long as a token
/// response.
///
/// The page comes from a Python function of three lines, without which granian serves nothing; of a
/// kept-alive request that is the greater part.
final class GranianReference {
    let target: Target
    /// The worker, which does the work.
    let process: Int32
    /// The clients that it accepts, one for each kind of key.
    let identities: [KeyKind: Identity]
    private let child: ChildProcess

    static let requirement = "granian~=2.8"

    /// Where granian is, installed if it must be: in a virtual environment in the package's
    /// `.build`.
    static func program(in folder: TemporaryFolder) throws(BenchmarkError) -> String {
        guard let root = ServerProgram.packageRoot() else {
            throw BenchmarkError(
                "--granian installs granian in the package's .build, and this program does not "
                    + "stand there"
            )
        }
        let home = "\(root)/.build/granian"
        let program = "\(home)/bin/granian"
        if Files.isExecutable(program) { return program }
        Progress.step("installing \(requirement) from PyPI in .build/granian …")
        for command in [
            ["python3", "-m", "venv", home],
            ["\(home)/bin/pip", "install", "--quiet", "--disable-pip-version-check", requirement],
        ] {
            let done = try ChildProcess.run(command, in: folder)
            guard done.status == 0 else {
                throw BenchmarkError(
                    "granian cannot be installed: '\(command.joined(separator: " "))' ended with "
                        + "\(done.status): \((done.errors + done.output).suffix(600))"
                )
            }
        }
        guard Files.isExecutable(program) else {
            throw BenchmarkError("'\(program)' is not there after it was installed")
        }
        return program
    }

    /// Starts granian on a free port with one worker, bound to `processor`.
    init(_ program: String, folder: TemporaryFolder, processor: Int?) throws(BenchmarkError) {
        let home = folder.path("granian")
        // SAFETY: the path is a C string for the time of the call.
        _ = unsafe mkdir(home, 0o755)
        let server = try CertificateFactory.identity(
            .ec,
            commonName: "localhost",
            hostName: "localhost",
            isCA: false
        )
        var identities: [KeyKind: Identity] = [:]
        for kind in KeyKind.allCases {
            // rustls takes no certificate of a CA as a client's.
            identities[kind] = try CertificateFactory.identity(
                kind,
                commonName: "granian-\(kind.rawValue)",
                isCA: false
            )
        }
        self.identities = identities
        try Files.write(server.certificate, to: "\(home)/server.pem")
        try Files.write(server.privateKey, to: "\(home)/server.key", mode: 0o600)
        let cas = KeyKind.allCases.compactMap { identities[$0]?.certificate }
        try Files.write(cas.joined(), to: "\(home)/clients.pem")
        try Files.write(Self.application, to: "\(home)/fixed_page.py")
        let port = try FreePort.choose()
        child = try ChildProcess(
            [program] + Self.arguments(home, port: port),
            output: "\(home)/stdout",
            errors: "\(home)/stderr",
            processor: processor
        )
        target = Target(host: "127.0.0.1", port: port, path: "/oauth2/token")
        process = try Self.worker(of: child, at: target, home)
    }

    func stop() { child.stop() }

    /// The worker's process, once connections are taken.
    private static func worker(
        of child: ChildProcess,
        at target: Target,
        _ home: String
    ) throws(BenchmarkError) -> Int32 {
        let endpoint = try Endpoint(target)
        for _ in 0..<1_000 {
            usleep(10_000)
            guard child.exitStatus(wait: false) == nil, !Interruption.happened else { break }
            let descriptor = endpoint.connect(blocking: true)
            guard descriptor >= 0 else { continue }
            close(descriptor)
            if let worker = child.children.first { return worker }
        }
        let said = (try? Files.read("\(home)/stdout", as: "its output")) ?? ""
        let errors = (try? Files.read("\(home)/stderr", as: "its errors")) ?? ""
        throw BenchmarkError("granian does not start: \((errors + said).suffix(600))")
    }

    private static func arguments(_ home: String, port: UInt16) -> [String] {
        [
            "--interface", "rsgi", "--host", "127.0.0.1", "--port", "\(port)", "--http", "1",
            "--no-ws", "--workers", "1", "--runtime-threads", "1", "--loop", "asyncio",
            "--backlog", "4096", "--log-level", "warning", "--working-dir", home,
            "--ssl-certificate", "\(home)/server.pem", "--ssl-keyfile", "\(home)/server.key",
            "--ssl-ca", "\(home)/clients.pem", "--ssl-client-verify",
            "--ssl-protocol-min", "tls1.2", "fixed_page:app",
        ]
    }

    private static var application: String {
        """
        ANSWER = '\(NginxReference.answer)'
        FIELDS = [("content-type", "application/json"), ("cache-control", "no-store")]


        async def app(scope, protocol):
            protocol.response_str(200, FIELDS, ANSWER)

        """
    }
}
