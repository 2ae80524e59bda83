// SPDX-License-Identifier: Apache-2.0
internal import Registration
internal import Text
internal import YAML

/// Values of YAML as those of JSON.
///
/// A member that is a text stays one, so that `client_id: 0123` and a label `on` are what they look
/// like; others are read by YAML's core schema (YAML 1.2 §10.3).
enum DeclaredValue {
    /// Members whose values are no texts.
    private static let typed: Set<String> = Set(
        [
            RegistrationField.boundTokens, .mayIntrospect, .enabled, .requiresPushedRequests,
            .refreshRotation, .tokenLifetime, .reuseWindow, .refreshLifetime, .refreshIdle, .claims,
            .maxLifetime, .exchangesBoundTokens,
            .maxStaleness,
        ].map(\.rawValue)
    )

    private static let nullTexts: Set<String> = ["", "~", "null", "Null", "NULL"]

    /// The value of a document's member.
    static func value(_ node: YAMLNode, of member: String) -> JSONValue {
        value(node, isTyped: typed.contains(member))
    }

    private static func value(_ node: YAMLNode, isTyped: Bool) -> JSONValue {
        switch node.content {
        case .scalar(let text):
            guard node.isPlain else { return .string(text) }
            if nullTexts.contains(text) { return .null }
            return isTyped ? core(text) : .string(text)
        case .list(let nodes):
            return .array(nodes.map { value($0, isTyped: isTyped) })
        case .map(let members):
            return .object(
                Dictionary(
                    members.map { ($0.name, value($0.value, isTyped: isTyped)) },
                    // The reader of YAML refuses a name that stands twice.
                    uniquingKeysWith: { first, _ in first }
                )
            )
        }
    }

    private static func core(_ text: String) -> JSONValue {
        switch text {
        case "true", "True", "TRUE": return .boolean(true)
        case "false", "False", "FALSE": return .boolean(false)
        default: break
        }
        guard let first = text.utf8.first, first == UInt8(ascii: "-") || 0x30...0x39 ~= first else {
            return .string(text)
        }
        switch JSONValue(text.utf8Span.span) {
        case .integer(let value): return .integer(value)
        case .number(let digits): return .number(digits)
        default: return .string(text)
        }
    }
}
