// SPDX-License-Identifier: Apache-2.0
/// A remark above a page's content: of a change that was just made, or of a problem.
package struct Notice: Sendable, Equatable {
    /// The meaning, which the colour repeats.
    package enum Kind: Sendable {
        case done, remark, warning, problem
    }

    let kind: Kind
    let content: HTML

    /// A remark of this meaning.
    package init(_ kind: Kind, _ content: HTML) {
        (self.kind, self.content) = (kind, content)
    }

    /// The remark as part of a page; a problem is read out at once.
    package var markup: HTML {
        switch kind {
        case .done: "<div class=\"notice good\" role=\"status\">\(content)</div>"
        case .remark: "<div class=\"notice\" role=\"status\">\(content)</div>"
        case .warning: "<div class=\"notice warn\" role=\"status\">\(content)</div>"
        case .problem: "<div class=\"notice bad\" role=\"alert\">\(content)</div>"
        }
    }
}
