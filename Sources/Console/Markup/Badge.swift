// SPDX-License-Identifier: Apache-2.0
package import Text

/// A state in a word or two, whose colour only repeats the word.
package enum Badge {
    /// Nothing to do.
    package static func good(_ text: String) -> HTML {
        "<span class=\"badge good\">\(text)</span>"
    }

    /// Something to do soon.
    package static func warning(_ text: String) -> HTML {
        "<span class=\"badge warn\">\(text)</span>"
    }

    /// Something that does not work.
    package static func bad(_ text: String) -> HTML {
        "<span class=\"badge bad\">\(text)</span>"
    }

    /// A fact.
    package static func plain(_ text: String) -> HTML {
        "<span class=\"badge\">\(text)</span>"
    }

    /// The labels of a record, an object of texts; nil without any.
    package static func labels(_ labels: JSONValue?) -> HTML? {
        let members = (labels ?? .null).members
        guard !members.isEmpty else { return nil }
        return members.map { plain("\($0.name)=\($0.value.text ?? "")") }.joined(" ")
    }
}
