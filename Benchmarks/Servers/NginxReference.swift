// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// nginx with the same OpenSSL and the same mutual TLS, answering a fixed page as long as a token
/// response.
///
/// Issues no token: no claims, no signature. Serves as the yardstick that takes the machine out of
/// the figures.
final class NginxReference {
    let target: Target
    /// The worker, which does the work.
    let process: Int32
    private let child: ChildProcess

    /// Where nginx is, nil when it is not installed.
    static func program() -> String? {
        [
            "/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/local/nginx/sbin/nginx",
            "/usr/bin/nginx",
        ]
        .first { Files.isExecutable($0) }
    }

    /// Starts nginx on a free port, bound to `processor`; it accepts the clients whose certificates
    /// it is given.
    init(
        _ program: String,
        folder: TemporaryFolder,
        clients: [Identity],
        processor: Int?
    ) throws(BenchmarkError) {
        let server = try CertificateFactory.identity(
            .ec,
            commonName: "localhost",
            hostName: "localhost"
        )
        let home = folder.path("nginx")
        // SAFETY: each path is a C string for the time of its call.
        _ = unsafe mkdir(home, 0o755)
        // The worker changes its user where nginx is started by root, and must still reach its
        // folders.
        _ = unsafe chmod(folder.root, 0o755)
        try Files.write(server.certificate, to: "\(home)/server.pem")
        try Files.write(server.privateKey, to: "\(home)/server.key", mode: 0o600)
        try Files.write(clients.map(\.certificate).joined(), to: "\(home)/clients.pem")
        let port = try FreePort.choose()
        try Files.write(Self.configuration(home, port: port), to: "\(home)/nginx.conf")
        child = try ChildProcess(
            [program, "-e", "\(home)/error.log", "-c", "\(home)/nginx.conf"],
            output: "\(home)/stdout",
            errors: "\(home)/stderr",
            processor: processor
        )
        target = Target(host: "127.0.0.1", port: port, path: "/oauth2/token")
        var worker: Int32?
        for _ in 0..<300 where worker == nil {
            usleep(10_000)
            guard child.exitStatus(wait: false) == nil else { break }
            worker = child.children.first
        }
        guard let worker else {
            let log = (try? Files.read("\(home)/error.log", as: "the log")) ?? ""
            throw BenchmarkError("nginx does not start: \(log.prefix(400))")
        }
        process = worker
    }

    func stop() { child.stop() }

    /// The page, as long as a token response.
    static var answer: String {
        let filler = String(repeating: "a", count: 480)
        return
            #"{"access_token":"\#(filler)","token_type":"Bearer","expires_in":3600,"scope":"read"}"#
    }

    /// The same groups as the clients' in every row.
    private static var groups: String {
        let usual = "X25519:prime256v1"
        return KeyExchangeGroup.hybrid.isThere
            ? "\(KeyExchangeGroup.hybrid.rawValue):\(usual)" : usual
    }

    private static func configuration(_ home: String, port: UInt16) -> String {
        """
        worker_processes 1; daemon off; pid \(home)/pid; error_log \(home)/error.log;
        events { worker_connections 20000; }
        http {
            access_log off; server_tokens off;
            keepalive_requests 1000000000; keepalive_timeout 3600s;
            client_body_temp_path \(home)/b; proxy_temp_path \(home)/p;
            fastcgi_temp_path \(home)/f; uwsgi_temp_path \(home)/u; scgi_temp_path \(home)/s;
            server {
                listen 127.0.0.1:\(port) ssl backlog=4096;
                ssl_certificate \(home)/server.pem; ssl_certificate_key \(home)/server.key;
                ssl_client_certificate \(home)/clients.pem; ssl_verify_client on;
                ssl_protocols TLSv1.2 TLSv1.3; ssl_ecdh_curve \(groups);
                ssl_session_cache shared:SSL:50m; ssl_session_tickets on;
                location / {
                    add_header Cache-Control no-store; default_type application/json;
                    return 200 '\(answer)';
                }
            }
        }

        """
    }
}
