// SPDX-License-Identifier: Apache-2.0
/// Which of a client's calls a rule is for, by their numbers: the client's first call is number 1.
package enum CallSelection: Sendable, Equatable {
    /// Each one.
    case all
    /// Such a part of them in the long run, in millionths of a percent, chosen by the seed.
    case percent(millionths: Int)
    /// The nth, the 2nth, and so on.
    case every(Int)
    /// The nth alone.
    case once(at: Int)

    /// Six decimals: one call in a hundred million.
    static let decimals = 6
    /// A hundred percent.
    static let millionthsMax = 100_000_000
    /// More calls than a test makes for one client; for `every` and `once_at`.
    static let numbers = 1...1_000_000_000

    /// Whether the call of that number is selected; `stream` is that call's own.
    func selects(_ number: UInt64, _ stream: inout CallStream) -> Bool {
        switch self {
        case .all: return true
        case .percent(let millionths):
            // The high half of the product is equally distributed below the factor.
            return stream.next().multipliedFullWidth(by: UInt64(Self.millionthsMax)).high
                < UInt64(millionths)
        case .every(let count): return number % UInt64(count) == 0
        case .once(let at): return number == UInt64(at)
        }
    }
}
