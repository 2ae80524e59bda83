// SPDX-License-Identifier: Apache-2.0
/// The links below a list that has several pages.
package enum PageLinks {
    /// To the first page, where this is another one, and to the next, where there is one.
    package static func markup(first: Address?, next: Address?) -> HTML? {
        guard first != nil || next != nil else { return nil }
        let start = first.map { "<a href=\"\($0)\">First page</a>" as HTML }
        let more = next.map { "<a href=\"\($0)\" rel=\"next\">Next page</a>" as HTML }
        return """
            <nav class="pages" aria-label="Pages of the list"><span>\(start)</span>\
            <span>\(more)</span></nav>

            """
    }
}
