// SPDX-License-Identifier: Apache-2.0
internal import HTTP
internal import OAuth

/// The refusals that an administrator asks for: `client=`, `check=`, `limit=`.
struct RefusalQuery: Sendable, Equatable {
    /// An answer of a thousand has some seven megabytes where each has a certificate of its own.
    static let limitRange = 1...1000
    static let limitStandard = 100
    /// The check of a failed handshake, which no request was made on.
    static let handshakeCheck = "tls-handshake"
    /// The checks that there are.
    static let checks = Set(Check.allCases.map(\.rawValue)).union([handshakeCheck])

    /// The client_id as it was presented; nil for any.
    var client: String?
    /// One of `checks`; nil for any.
    var check: String?
    var limit = limitStandard

    /// A query of everything, of the usual length.
    init() {}

    /// Parses a query, which has the form of a form's content; other parameters are ignored.
    init(_ query: [UInt8]) throws(RefusalQueryError) {
        var fields = FormFields()
        do throws(FormError) {
            try fields.parse(query.span)
        } catch {
            throw RefusalQueryError(
                nil,
                "The query cannot be read.",
                "Encode it as a form's content, each parameter once."
            )
        }
        func value(_ name: String) -> String? {
            fields.range(named: name).map { String(decoding: fields.bytes[$0], as: UTF8.self) }
        }
        client = value("client")
        if let text = value("check") {
            guard Self.checks.contains(text) else {
                throw RefusalQueryError(
                    "check",
                    "There is no such check.",
                    "Give one of Documentation/metrics-and-log.md, or \(Self.handshakeCheck)."
                )
            }
            check = text
        }
        if let text = value("limit") {
            guard let number = Int(text), Self.limitRange.contains(number) else {
                throw RefusalQueryError(
                    "limit",
                    "It is no number of refusals.",
                    "Give one from \(Self.limitRange.lowerBound) to \(Self.limitRange.upperBound)."
                )
            }
            limit = number
        }
    }
}

/// Why a query cannot be answered: the parameter, what is wrong with it, and what to do.
struct RefusalQueryError: Error, Equatable {
    /// nil for the query as a whole.
    let parameter: String?
    let problem: String
    let remedy: String

    init(_ parameter: String?, _ problem: String, _ remedy: String) {
        self.parameter = parameter
        self.problem = problem
        self.remedy = remedy
    }
}
