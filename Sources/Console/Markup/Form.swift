// SPDX-License-Identifier: Apache-2.0
/// A form that is sent to the console by POST, with the token of its session.
package struct Form {
    /// How the content is encoded.
    package enum Encoding {
        case fields
        /// With files.
        case parts
    }

    let action: Address
    let session: ConsoleSession
    var encoding = Encoding.fields
    /// A name for what reads pages out, where a page has several forms.
    var label: String?
    let content: HTML

    /// A form with these fields and buttons.
    package init(
        _ action: Address,
        of session: ConsoleSession,
        encoding: Encoding = .fields,
        label: String? = nil,
        _ content: HTML
    ) {
        (self.action, self.session, self.encoding) = (action, session, encoding)
        (self.label, self.content) = (label, content)
    }

    /// The form as part of a page.
    package var markup: HTML {
        let isParts = encoding == .parts
        return """
            <form method="post" action="\(action)"\
            \(if: isParts, " enctype=\"multipart/form-data\"")\
            \(label.map { " aria-label=\"\($0)\"" as HTML })>
            \(Self.hidden(ConsoleSession.tokenField, session.formToken))
            \(content)
            </form>

            """
    }

    /// A value that is sent along.
    package static func hidden(_ name: String, _ value: String) -> HTML {
        "<input type=\"hidden\" name=\"\(name)\" value=\"\(value: value)\">"
    }

    /// The button that sends a form; `name` and `value` tell one button from another.
    package static func button(
        _ label: String,
        name: String? = nil,
        value: String = "",
        isMain: Bool = true
    ) -> HTML {
        let named = name.map { " name=\"\($0)\" value=\"\(value: value)\"" as HTML }
        return isMain
            ? "<button type=\"submit\"\(named)>\(label)</button>"
            : "<button type=\"submit\" class=\"second\"\(named)>\(label)</button>"
    }

    /// The button of a change that cannot be undone.
    package static func dangerousButton(_ label: String) -> HTML {
        "<button type=\"submit\" class=\"danger\">\(label)</button>"
    }
}
