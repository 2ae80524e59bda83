// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Serving
internal import TLS
internal import Text

/// A list of values that spaces separate, each of them once, as configuration keys have it.
enum ValueList {
    /// The values in their order; `noun` names one of them, `form` says how the list is written.
    private static func parse<Value: Equatable>(
        _ text: String,
        _ noun: String,
        form: String,
        limit: Int,
        _ parse: (String) throws(ValueError) -> Value,
        text spelling: (Value) -> String
    ) throws(ValueError) -> [Value] {
        var values: [Value] = []
        for word in text.split(separator: " ") {
            let value = try parse(String(word))
            guard !values.contains(value) else {
                throw ValueError("has the \(noun) \(spelling(value)) twice")
            }
            values.append(value)
        }
        guard !values.isEmpty else { throw ValueError("has no \(noun)", allowed: form) }
        guard values.count <= limit else {
            throw ValueError("has \(values.count) \(noun)s", allowed: "at most \(limit)")
        }
        return values
    }

    /// The origins whose pages may use a listener.
    static func origins(_ text: String) throws(ValueError) -> [WebOrigin] {
        try parse(
            text,
            "origin",
            form: WebOrigin.form,
            limit: ListenerSettings.corsOriginsMax,
            { (word) throws(ValueError) in try WebOrigin(word) },
            text: \.text
        )
    }

    /// The names of the groups that the OpenSSL that runs has.
    static var groupsForm: String { TLSGroup.known.map(\.rawValue).joined(separator: ", ") }

    /// Groups as the configuration has them.
    static func text(_ groups: [TLSGroup]) -> String {
        groups.map(\.rawValue).joined(separator: " ")
    }

    /// Groups of the key exchange, each of them one that the OpenSSL that runs has.
    static func groups(_ text: String) throws(ValueError) -> [TLSGroup] {
        try parse(
            text,
            "group",
            form: groupsForm,
            limit: TLSGroup.allCases.count,
            { (word) throws(ValueError) in
                guard let group = TLSGroup(rawValue: word) else {
                    throw ValueError("has \(word), which is not known", allowed: groupsForm)
                }
                guard group.isKnown else {
                    throw ValueError(
                        "has \(word), which \(CryptographyLibrary.version) does not have",
                        allowed: groupsForm
                    )
                }
                return group
            },
            text: \.rawValue
        )
    }

    /// The names whose clients get a certificate.
    static func serverNames(_ text: String) throws(ValueError) -> [ServerName] {
        try parse(
            text,
            "name",
            form: ServerName.form,
            limit: CertificatePair.serverNamesMax,
            { (word) throws(ValueError) in try ServerName(word) },
            text: \.text
        )
    }
}
