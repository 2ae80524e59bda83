// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import Registration
internal import Storage
internal import Text

/// The reason for which a request is refused, as the answer says it (RFC 9457).
struct ProblemDetails: Error, Sendable, Equatable {
    /// One value that is wrong.
    struct Finding: Sendable, Equatable {
        /// The member or the parameter; nil for the whole.
        let member: String?
        /// In sentences.
        let problem: String
        /// The remedy; empty where the problem implies it.
        let remedy: String
    }

    let status: Int
    /// The problem of this time, in a sentence; nil where the status says it all.
    var detail: String?
    /// Everything that is wrong with the content or the query.
    var findings: [Finding] = []
    /// Further fields of the answer.
    var fields: [(name: String, value: String)] = []

    init(_ status: Int, _ detail: String? = nil, _ findings: [Finding] = []) {
        (self.status, self.detail, self.findings) = (status, detail, findings)
    }

    /// 400 with one finding.
    static func bad(_ member: String?, _ problem: String, _ remedy: String) -> ProblemDetails {
        let finding = Finding(member: member, problem: problem, remedy: remedy)
        return ProblemDetails(400, "The request cannot be carried out as it is.", [finding])
    }

    /// 404 of something that is not there.
    static func nothing(_ member: String, _ problem: String, _ remedy: String) -> ProblemDetails {
        ProblemDetails(404, problem, [Finding(member: member, problem: problem, remedy: remedy)])
    }

    /// 401, the same for every path.
    static let unauthorized = ProblemDetails(
        401,
        "Send the token of an administrator as \"Authorization: Bearer TOKEN\", once."
    )

    /// 412: the record is not the one that the request is about.
    static let preconditionFailed = ProblemDetails(
        412,
        "The record has changed since it was read, or is not what the condition says. Read it"
            + " again, and repeat the change."
    )

    /// 503: nothing is known of the outcome yet.
    static let late = {
        var problem = ProblemDetails(
            503,
            "The store has not answered yet. A change that has begun may still be carried out: look"
                + " before you repeat it."
        )
        problem.fields = [("Retry-After", "1")]
        return problem
    }()

    /// The findings for which a registration was refused, with the names of members.
    init(_ error: RegistrationError, _ detail: String = "The registration is refused.") {
        let isConflict = error.findings.allSatisfy { $0.kind == .conflict }
        status = isConflict ? 409 : 400
        self.detail = detail
        findings = error.findings.map(Finding.init)
    }

    /// Runs `work` of a request that registers nothing, whose refusals are of the request.
    static func ofRequest<Value>(_ work: () throws -> Value) throws -> Value {
        do {
            return try work()
        } catch let error as RegistrationError {
            throw ProblemDetails(error, "The request is refused.")
        }
    }

    /// Findings about a request's own certificates, whose members are `certificate` and `chain`.
    static func ofCertificates(_ error: RegistrationError) -> ProblemDetails {
        var problem = ProblemDetails(error, "The request is refused.")
        problem.findings = error.findings.map { finding in
            Finding(
                member: finding.about,
                problem: finding.reason.text(MemberVocabulary()),
                remedy: finding.remedy.text(MemberVocabulary())
            )
        }
        return problem
    }

    /// A failure of the store that a caller can act on; nil for one that is ours alone.
    init?(_ error: StoreError) {
        switch error.kind {
        case .notFound: self.init(404, error)
        case .alreadyExists, .inUse, .ambiguous, .conflict: self.init(409, error)
        case .invalid: self.init(400, error)
        case .busy, .unavailable:
            self.init(503, "The store is not available at the moment. Nothing was changed.")
            fields = [("Retry-After", "1")]
        case .readOnly, .reader:
            self.init(503, "The store takes no writes at the moment. Nothing was changed.")
        case .unaudited:
            self.init(
                503,
                "The change cannot be written into the audit, whose key or head is missing or not"
                    + " its own. Nothing was changed; `handfast audit verify` says what is wrong."
            )
        case .commitUnknown:
            self.init(
                503,
                "The store failed while the change was committed, and it may be there or not. Look"
                    + " before you repeat it."
            )
        case .full: self.init(507, "The disk of the store is full. Nothing was changed.")
        default: return nil
        }
    }

    /// A record that is in the way of a change, or is not there for it.
    private init(_ status: Int, _ error: StoreError) {
        let sentence = Self.sentence(error.reason)
        let (member, list) = Self.names(error.subject)
        let remedy: String? =
            switch error.kind {
            case .notFound: list.map { "See GET \($0) for those that there are." }
            case .alreadyExists: "Choose another one, or change that one."
            case .inUse: "Give these clients another one, or remove them."
            case .ambiguous: "Give the client_id of one of them."
            case .conflict: "Read it again, and repeat the change."
            default: nil
            }
        let finding = Finding(member: member, problem: sentence, remedy: remedy ?? "")
        self.init(status, sentence, [finding])
    }

    /// The member by which a record is called, and the address of the list of such records.
    private static func names(_ subject: StoreError.Subject?) -> (member: String?, list: String?) {
        switch subject {
        case .client: ("client_id", "/clients")
        case .user: ("name", "/users")
        case .trustSet: ("name", "/trust-sets")
        case .issuer: ("name", "/issuers")
        case .key: ("kid", "/keys")
        case .adminToken: ("name", "/admin-tokens")
        case .certificate: ("certificates", nil)
        case .usedAssertions, .storeKey, .sharedStore, .file, nil: (nil, nil)
        }
    }

    private static func sentence(_ reason: String) -> String {
        reason.prefix(1).uppercased() + reason.dropFirst() + "."
    }

    /// The members of the answer.
    var value: JSONValue {
        var members: [String: JSONValue] = [
            // RFC 9457 §4.2.1: the status says which kind of problem it is.
            "type": .string("about:blank"),
            "title": .string(ResponseWriter.reason(status)),
            "status": .integer(Int64(status)),
        ]
        members["detail"] = detail.map { .string($0) }
        if !findings.isEmpty { members["errors"] = .array(findings.map(\.value)) }
        return .object(members)
    }

    /// The answer.
    var response: Response { response(adding: [:]) }

    /// The answer with further members.
    func response(adding more: [String: JSONValue]) -> Response {
        var value = value
        if case .object(let members) = value {
            value = .object(members.merging(more) { own, _ in own })
        }
        var response = Response(status: status, Array(value.indentedText.utf8), .problem)
        if status == 401 { response.addChallenge("Bearer", realm: "handfast administration") }
        for field in fields { response.add(field.name, field.value) }
        return response
    }

    static func == (one: ProblemDetails, other: ProblemDetails) -> Bool {
        one.value == other.value
    }
}

extension ProblemDetails.Finding {
    /// A finding of a registration, with the names of members.
    fileprivate init(_ finding: RegistrationFinding) {
        let words = MemberVocabulary()
        let reason = finding.reason.text(words)
        // A member that no document has is what the finding is about.
        let isUnknown = finding.field == .unknown
        self.init(
            member: finding.member,
            problem: isUnknown
                ? reason
                : [finding.about, reason].compactMap { $0 }
                    .joined(separator: ": "),
            remedy: finding.remedy.text(words)
        )
    }

    fileprivate var value: JSONValue {
        var members: [String: JSONValue] = ["problem": .string(problem)]
        members["member"] = member.map { .string($0) }
        if !remedy.isEmpty { members["remedy"] = .string(remedy) }
        return .object(members)
    }
}
