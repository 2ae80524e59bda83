// SPDX-License-Identifier: Apache-2.0
/// A request of the person in front of the console, for a page to answer.
package struct ConsoleRequest: Sendable {
    /// The values of the path's parameters, in their order.
    package let parameters: [String]
    package let query: FieldValues
    /// The form's values; none for a GET.
    package let form: FieldValues
    package let session: ConsoleSession
    package let api: ServerAPI
    package let facts: ConsoleFacts
    /// Seconds since 1970.
    package let now: Int64

    /// The parameter of a path that has one.
    package var parameter: String { parameters.first ?? "" }
}

/// The answer of a page.
package enum ConsoleAnswer: Sendable {
    case page(Page)
    /// See Other: the address to go on at, after a change.
    case redirect(Address)
    /// JSON for the console's own script.
    case json([UInt8])
}
