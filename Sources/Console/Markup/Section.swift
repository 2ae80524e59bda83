// SPDX-License-Identifier: Apache-2.0
/// The parts of the console, in the order of the navigation.
package enum Section: String, CaseIterable, Sendable {
    case clients
    case refusals
    case expiring
    case live
    case trustSets = "trust-sets"
    case issuers
    case keys
    case audit
    case configuration

    /// The name in the navigation.
    var title: String {
        switch self {
        case .clients: "Clients"
        case .refusals: "Refusals"
        case .expiring: "Expiring"
        case .live: "Live"
        case .trustSets: "Trust sets"
        case .issuers: "Issuers"
        case .keys: "Keys"
        case .audit: "Audit"
        case .configuration: "Configuration"
        }
    }

    /// The first page of the part.
    package var address: Address { Address(rawValue) }
}
