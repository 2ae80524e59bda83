// SPDX-License-Identifier: Apache-2.0
/// The place of a list that has no entry: why, and what to do.
package enum EmptyState {
    /// A heading with a sentence, and a link to what can be done.
    package static func markup(_ title: String, _ content: HTML, action: HTML? = nil) -> HTML {
        """
        <div class="empty"><p class="empty-title">\(title)</p><p>\(content)</p>\
        \(action.map { "<p>\($0)</p>" as HTML })</div>
        """
    }
}
