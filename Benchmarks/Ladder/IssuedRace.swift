// SPDX-License-Identifier: Apache-2.0
/// Measures a client of `tls_client_auth`, whose certificate a CA has issued, in turn with one of
/// `self_signed_tls_client_auth`: both have P-256 keys and certificates of one size.
struct IssuedRace {
    let scale: LadderScale
    let registration: Registration
    let server: HandfastServer
    /// The processor of the load, nil for any.
    let processor: Int?

    private static let method = "tls_client_auth"

    /// Adds a row for each kind of work, and a remark with the ratios.
    func run(into measurements: inout Measurements) throws(BenchmarkError) {
        let issued = try issuedClient()
        let selfSigned = try registration.add(
            "bench-pinned",
            identity: try CertificateFactory.identity(
                .ec,
                commonName: "bench-pinned",
                isCA: false
            )
        )
        // Waits until the server knows both.
        for client in [issued, selfSigned] { try Probe.patiently(try plan(client, .full)) }
        var parts: [String] = []
        for work in Work.allCases {
            var (pinned, results): ([LoadResult], [LoadResult]) = ([], [])
            for number in 0..<scale.rounds {
                Progress.step("\(Self.method), \(work.title), round \(number + 1)")
                pinned.append(try LoadThreads.run(try plan(selfSigned, work)))
                results.append(try LoadThreads.run(try plan(issued, work)))
            }
            measurements.note(pinned + results)
            let row = Row("\(work.title), \(Self.method)", of: results, work: work)
            measurements.rows.append(row)
            if let ratio = row.ratio(to: Row("", of: pinned, work: work)) {
                parts.append("\(work.title) \(Format.fixed(ratio, 2))")
            }
        }
        guard !parts.isEmpty else { return }
        measurements.remarks.append(
            "\(Self.method) against self_signed_tls_client_auth, CPU/op in rounds that take turns: "
                + parts.joined(separator: ", ") + "."
        )
    }

    private func issuedClient() throws(BenchmarkError) -> RegisteredClient {
        let name = "bench-issued"
        let issuer = try CertificateFactory.identity(.ec, commonName: "bench-ca")
        let identity = try CertificateFactory.identity(
            .ec,
            commonName: name,
            isCA: false,
            issuer: issuer
        )
        return try registration.add(name, identity: identity, issuedBy: issuer)
    }

    private func plan(
        _ client: RegisteredClient,
        _ work: Work
    ) throws(BenchmarkError) -> LoadPlan {
        LoadPlan(
            target: server.target,
            endpoint: try Endpoint(server.target),
            version: .v13,
            group: .x25519,
            identities: [client.identity],
            bodies: [client.body],
            mix: Mix(only: work),
            warmUp: scale.warmUp,
            duration: scale.duration,
            processor: processor,
            serverProcesses: [server.process]
        )
    }
}
