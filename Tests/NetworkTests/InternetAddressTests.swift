// SPDX-License-Identifier: Apache-2.0
import Network
import Testing

struct InternetAddressTests {
    /// One byte for each scalar.
    private func octets(_ text: String) -> [UInt8] {
        text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
    }

    private func version4(_ text: String) -> UInt32? {
        let bytes = octets(text)
        return InternetAddress.version4(0..<bytes.count, bytes.span)
    }

    private func version6(_ text: String) -> UInt128? {
        let bytes = octets(text)
        return InternetAddress.version6(0..<bytes.count, bytes.span)
    }

    @Test func `four numbers are an address`() {
        #expect(version4("0.0.0.0") == 0)
        #expect(version4("192.168.0.11") == 0xc0a8_000b)
        #expect(version4("255.255.255.255") == .max)
    }

    static let notVersion4 = [
        "", "1", "1.2.3", "1.2.3.", ".1.2.3", "1..2.3", "1.2.3.4.", "1.2.3.4.5", "01.2.3.4",
        "1.2.3.04", "1.2.3.00", "256.2.3.4", "1.2.3.256", "1.2.3.-4", "1.2.3.+4", "1.2.3.4 ",
        " 1.2.3.4", "1.2.3.4\n", "0x1.2.3.4", "1.2.3.a", "1,2,3,4", "1.2.3.99999999999999999999",
        "::1", "\u{b2}.2.3.4",
    ]

    @Test(arguments: notVersion4)
    func `other texts are no address of version 4`(text: String) {
        #expect(version4(text) == nil)
        if case .version4 = InternetAddress(text) { Issue.record("\(text) is taken") }
    }

    static let texts: [(String, String)] = [
        ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("1:2::7:8", "1:2::7:8"),
        ("2001:DB8::1", "2001:db8::1"),
        ("0:0:0:0:0:0:0:1", "::1"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
        ("0001:0000:0:0:1:0:0:0", "1::1:0:0:0"), ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
        ("1:0:0:2:0:0:3:4", "1::2:0:0:3:4"), ("::ffff:1.2.3.4", "::ffff:102:304"),
        ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"), ("::255.255.255.255", "::ffff:ffff"),
        ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ]

    @Test(arguments: texts)
    func `groups are an address`(text: String, expected: String) {
        #expect(version6(text).map { InternetAddress.version6($0).description } == expected)
        #expect(InternetAddress(text)?.description == expected)
        #expect(InternetAddress(expected) == InternetAddress(text))
    }

    static let notVersion6 = [
        "", ":", ":::", "1", "1:", ":1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:",
        ":1:2:3:4:5:6:7", "1::2::3", "1:::2", "::1::", "12345::", "g::", "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8", "1:2:3:4::5:6:7:8", "1.2.3.4", "::1.2.3", "::01.2.3.4", "::1.2.3.4:5",
        "1:2:3:4:5:6:7:1.2.3.4", "::ff.2.3.4", "[::1]", "::1%eth0", "::1 ", " ::1", "::1/64",
        "1:2:3:4:5:6:7:1.2.3.4::", "::+1", "::-1", "0x1::", "::\u{ff11}", "::g", "1.2.3.4::",
        "1:2:3:4:5:6:7::8", "fe80::1%eth0", "::1.2.3.4/96",
    ]

    @Test(arguments: notVersion6)
    func `other texts are no address of version 6`(text: String) {
        #expect(version6(text) == nil)
        if case .version6 = InternetAddress(text) { Issue.record("\(text) is taken") }
    }

    @Test func `addresses are told in their usual form`() {
        #expect(InternetAddress.version4(0x0102_03ff).description == "1.2.3.255")
        #expect(InternetAddress.version6(1).description == "::1")
        #expect(InternetAddress.version6(0).description == "::")
    }

    @Test func `octets are in network byte order, four or sixteen`() throws {
        for text in ["192.0.2.1", "0.0.0.0", "::", "2001:db8::ff00:1", "::ffff:192.0.2.1"] {
            let address = try #require(InternetAddress(text))
            #expect(InternetAddress(octets: address.octets) == address)
        }
        #expect(InternetAddress("192.0.2.1")?.octets == [192, 0, 2, 1])
        let six: [UInt8] = [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9]
        #expect(InternetAddress("2001:db8::9")?.octets == six)
        for count in 0...17 where count != 4 && count != 16 {
            #expect(InternetAddress(octets: [UInt8](repeating: 0, count: count)) == nil)
        }
    }

    static let mapped: [(String, String)] = [
        ("::ffff:192.0.2.1", "192.0.2.1"), ("::ffff:0:0", "0.0.0.0"),
        ("0:0:0:0:0:ffff:ffff:ffff", "255.255.255.255"),
    ]

    @Test(arguments: mapped)
    func `a mapped address is one of IPv6 until it is unmapped`(six: String, four: String) throws {
        let mapped = try #require(InternetAddress(six))
        let plain = try #require(InternetAddress(four))
        #expect(mapped != plain && mapped.unmapped == plain && plain.unmapped == plain)
        #expect(mapped.number == plain.number)
    }

    @Test(arguments: [
        "::", "::1", "::192.0.2.1", "::fffe:192.0.2.1", "::1:ffff:192.0.2.1", "64:ff9b::192.0.2.1",
        "::ffff:0:192.0.2.1", "2001:db8::ffff:192.0.2.1",
    ])
    func `no other address of IPv6 is unmapped`(text: String) throws {
        let address = try #require(InternetAddress(text))
        #expect(address.unmapped == address)
    }
}
