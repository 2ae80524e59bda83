// SPDX-License-Identifier: Apache-2.0
/// The random numbers of one call under one rule: the same for the same rule, client and number.
///
/// SplitMix64, started from hashes of rule and client: reactors share nothing, and no call depends
/// on another one. Not for secrets.
struct CallStream: Sendable {
    /// 2⁶⁴ divided by the golden ratio: odd, so that every state comes before one comes again.
    private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15

    private var state: UInt64

    init(ruleKey: UInt64, clientHash: UInt64, number: UInt64) {
        // Mixed twice: numbers of calls differ in a few bits, and so do ids of clients.
        let start = Self.mixed(ruleKey ^ Self.mixed(clientHash &+ Self.step))
        state = Self.mixed(start &+ number &* Self.step)
    }

    /// The next 64 bits.
    mutating func next() -> UInt64 {
        state &+= Self.step
        return Self.mixed(state)
    }

    /// The next number from 0 up to, and without, 1; of 53 bits, as many as a Double has.
    mutating func nextFraction() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// SplitMix64's finalizer: each bit of the input changes half of the output's.
    private static func mixed(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// FNV-1a of the bytes of a text, for rules and clients: once for each, and the same in every
    /// process, unlike `Hasher`'s.
    static func hash(_ text: [UInt8]) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash
    }
}
