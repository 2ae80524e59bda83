// SPDX-License-Identifier: Apache-2.0
/// A field of a form: its label, a hint, what was entered, and what is wrong with it.
package struct FormField {
    /// How a value is entered.
    package enum Control {
        case line
        case password
        case search
        case day
        case area(rows: Int)
        case file(accept: String)
        case choice([(value: String, label: String)])
        /// Several of these, each a box.
        case boxes([(value: String, label: String, hint: String)])
    }

    /// The name that is sent.
    let name: String
    let label: String
    var control = Control.line
    /// The values; several for boxes alone.
    var values: [String] = []
    var hint: HTML?
    /// The problems, each with its remedy.
    var problems: [String] = []
    var isRequired = false
    /// Whether the value is for programs, such as an address or a certificate.
    var isCode = false

    /// A field with what was entered, and with the problems that `findings` has of `name` or of
    /// `members`.
    package init(
        _ name: String,
        _ label: String,
        _ control: Control = .line,
        values: [String] = [],
        hint: HTML? = nil,
        problems: [String] = [],
        isRequired: Bool = false,
        isCode: Bool = false
    ) {
        (self.name, self.label, self.control, self.values) = (name, label, control, values)
        (self.hint, self.problems) = (hint, problems)
        (self.isRequired, self.isCode) = (isRequired, isCode)
    }

    /// The field as part of a form.
    package var markup: HTML {
        if case .boxes(let boxes) = control { return group(boxes) }
        return """
            <div class="field\(if: !problems.isEmpty, " wrong")">
            <label for="\(name)">\(label)</label>
            \(hintMarkup)\(problemMarkup)\(input)
            </div>

            """
    }

    private var value: String { values.first ?? "" }

    private var input: HTML {
        switch control {
        case .line: "<input type=\"text\" value=\"\(value: value)\"\(attributes)>"
        case .password: "<input type=\"password\" autocomplete=\"off\"\(attributes)>"
        case .search: "<input type=\"search\" value=\"\(value: value)\"\(attributes)>"
        case .day: "<input type=\"date\" value=\"\(value: value)\"\(attributes)>"
        // A line feed that follows the tag is dropped (HTML §13.1.2.5).
        case .area(let rows):
            "<textarea rows=\"\(rows)\"\(attributes)>\n\(value: value)</textarea>"
        case .file(let accept): "<input type=\"file\" accept=\"\(accept)\"\(attributes)>"
        case .choice(let options): "<select\(attributes)>\(options.map(option))</select>"
        case .boxes: ""
        }
    }

    private var attributes: HTML {
        """
         id="\(name)" name="\(name)"\(if: isRequired, " required")\
        \(if: isCode, " class=\"code\" spellcheck=\"false\" autocapitalize=\"none\"")\
        \(if: isCode, " autocomplete=\"off\"")\(description)\
        \(if: !problems.isEmpty, " aria-invalid=\"true\"")
        """
    }

    private var description: HTML? {
        switch (hint == nil, problems.isEmpty) {
        case (true, true): nil
        case (false, true): " aria-describedby=\"\(name)-hint\""
        case (true, false): " aria-describedby=\"\(name)-problem\""
        case (false, false): " aria-describedby=\"\(name)-hint \(name)-problem\""
        }
    }

    private var hintMarkup: HTML? {
        hint.map { "<p class=\"hint\" id=\"\(name)-hint\">\($0)</p>\n" }
    }

    private var problemMarkup: HTML? {
        guard !problems.isEmpty else { return nil }
        let lines = problems.map { HTML(sentence: $0) }.joined("<br>")
        return "<p class=\"wrong-text\" id=\"\(name)-problem\">\(lines)</p>\n"
    }

    private func option(_ option: (value: String, label: String)) -> HTML {
        """
        <option value="\(value: option.value)"\(if: option.value == value, " selected")>\
        \(option.label)</option>
        """
    }

    private func group(_ boxes: [(value: String, label: String, hint: String)]) -> HTML {
        let parts = boxes.enumerated().map { index, box -> HTML in
            """
            <div class="box"><input type="checkbox" id="\(name)-\(index)" name="\(name)"\
             value="\(value: box.value)"\(if: values.contains(box.value), " checked")>\
            <label for="\(name)-\(index)">\(box.label)\
            \(box.hint.isEmpty ? nil : "<span class=\"hint\">\(box.hint)</span>" as HTML)\
            </label></div>

            """
        }
        return """
            <fieldset class="field\(if: !problems.isEmpty, " wrong")"\(description)>
            <legend>\(label)</legend>
            \(hintMarkup)\(problemMarkup)\(parts)
            </fieldset>

            """
    }
}
