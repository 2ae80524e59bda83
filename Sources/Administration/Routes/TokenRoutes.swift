// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Registration
internal import Storage
internal import Text

extension AdministrationActions {
    /// The end of what was issued, and why a certificate does not lead to anything.
    var tokenRoutes: [AdministrationRoute] {
        [
            AdministrationRoute(
                method: .post,
                path: "/tokens/revoke",
                role: .administer,
                summary: "Take back everything that was issued to a client, or for a user.",
                content: .json(schema: "Revocation"),
                successes: [.init(200, "Revoked")],
                problems: [404, 409],
                work: .store { try revoke($0) }
            ),
            AdministrationRoute(
                method: .post,
                path: "/verify",
                role: .read,
                summary: "Whether a certificate authenticates a client, check by check.",
                content: .json(schema: "Verification"),
                successes: [.init(200, "VerificationReport")],
                problems: [409],
                work: .slow { try verify($0) }
            ),
        ]
    }

    private func revoke(_ request: AdministrationRequest) throws -> Response {
        var members = MemberReader(try request.object())
        let (clientID, user) = (members.text("client_id"), members.text("user"))
        if (clientID == nil) == (user == nil) {
            members.refuse(nil, "Either a client or a user is meant.", "Send client_id or user.")
        }
        try members.finish()
        let ended: TokenRevocation
        if let clientID {
            _ = try client(clientID)
            ended = try TokenRevocation.of(
                client: clientID,
                in: store,
                by: request.author,
                at: now
            )
        } else {
            let name = try self.user(user ?? "").name
            ended = try TokenRevocation.of(user: name, in: store, by: request.author, at: now)
        }
        return .json(ended.value)
    }

    private func verify(_ request: AdministrationRequest) throws -> Response {
        var members = MemberReader(try request.object())
        let (clientID, client) = (members.text("client_id"), members.object("client"))
        if (clientID == nil) == (client == nil) {
            members.refuse(
                clientID == nil ? "client_id" : "client",
                "Either a registered client or a new one is meant.",
                "Send client_id, or else client with a document as POST /clients takes it."
            )
        }
        let certificate = members.required("certificate")
        let chain = members.text("chain")
        try members.finish()
        let presented = try Self.presented(certificate, chain: chain)
        return try ProblemDetails.ofRequest {
            let explanation =
                if let client {
                    try AuthenticationExplanation(
                        ofUnregistered: client,
                        in: store,
                        presenting: presented,
                        now: now
                    )
                } else {
                    try AuthenticationExplanation(
                        of: clientID ?? "",
                        in: store,
                        presenting: presented,
                        now: now
                    )
                }
            return .json(try explanation.report.value)
        }
    }

    private static func presented(
        _ certificate: String,
        chain: String?
    ) throws(ProblemDetails) -> HandshakeCertificates {
        do throws(RegistrationError) {
            return try HandshakeCertificates(
                Array(certificate.utf8),
                chain: chain.map { Array($0.utf8) }
            )
        } catch {
            throw .ofCertificates(error)
        }
    }
}
