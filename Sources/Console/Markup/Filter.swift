// SPDX-License-Identifier: Apache-2.0
/// A form that is sent by GET, so that what it asks for stands in the address.
package enum Filter {
    /// The fields with a button, and a link that leaves all of them out where one is set.
    package static func markup(
        _ action: Address,
        label: String,
        isSet: Bool,
        _ fields: [FormField]
    ) -> HTML {
        let clear: HTML = "<a class=\"button second\" href=\"\(action)\">Show all</a>"
        return """
            <form class="filter" role="search" aria-label="\(label)" method="get"
             action="\(action)">
            \(fields.map(\.markup))
            <div class="buttons"><button type="submit">Search</button>\(isSet ? clear : nil)</div>
            </form>

            """
    }
}
