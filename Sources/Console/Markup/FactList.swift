// SPDX-License-Identifier: Apache-2.0
/// Names and their values, one below the other.
package struct FactList {
    private var facts: [(name: String, value: HTML)] = []

    /// An empty list.
    package init() {}

    /// Adds a fact; nothing without a value.
    package mutating func add(_ name: String, _ value: HTML?) {
        if let value { facts.append((name, value)) }
    }

    /// Adds a fact whose value is a text; nothing without one.
    package mutating func add(_ name: String, text: String?) {
        if let text { facts.append((name, "<bdi>\(text)</bdi>")) }
    }

    /// Adds a fact whose value is for programs, such as an identifier; nothing without one.
    package mutating func add(_ name: String, code: String?) {
        if let code { facts.append((name, "<code>\(code)</code>")) }
    }

    /// The list as part of a page.
    package var markup: HTML {
        let parts = facts.map { fact -> HTML in
            "<div><dt>\(fact.name)</dt><dd>\(fact.value)</dd></div>\n"
        }
        return "<dl class=\"facts\">\(parts)</dl>"
    }
}
