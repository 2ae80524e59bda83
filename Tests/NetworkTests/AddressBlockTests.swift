// SPDX-License-Identifier: Apache-2.0
import Network
import Testing

struct AddressBlockTests {
    @Test(
        arguments: [
            ("10.1.0.0/16", "10.1.200.3", "10.2.0.0"), ("192.0.2.1", "192.0.2.1", "192.0.2.2"),
            ("0.0.0.0/0", "255.255.255.255", "::1"), ("192.0.2.0/31", "192.0.2.1", "192.0.2.2"),
            ("::1/128", "::1", "::2"), ("::1", "0:0::1", "::"), ("fd00::/8", "fdff::1", "fe00::"),
            ("2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::"),
            ("::ffff:10.0.0.0/104", "10.255.0.1", "11.0.0.0"),
        ]
    )
    func `a block has what is behind its prefix`(
        network: String,
        member: String,
        other: String
    ) throws {
        let read = try #require(AddressBlock(network))
        #expect(read.contains(try #require(InternetAddress(member))))
        #expect(!read.contains(try #require(InternetAddress(other))))
        #expect(read == AddressBlock(network) && read != AddressBlock("198.51.100.0/25"))
    }

    @Test(
        arguments: [
            "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8",
            "10.0.0.0/08", "10.0.0.0/8/8", "10.0.0.1/8", "10.0.0", "10.0.0.0.0", "10.0.0.256",
            "010.0.0.0/8", "0x0a.0.0.0/8", "10.0.0.0 /8", " 10.0.0.0", "10.0.0.0\n", "10.0.0.0\0",
            "localhost", "example.com/8", "::/129", "::1/64", ":::", "fe80::1%lo", "[::1]",
            "1::2::3", "::ffff:0.0.0.0/95", "12345::", "2130706433",
        ]
    )
    func `anything else is no block`(text: String) {
        #expect(AddressBlock(text) == nil)
    }

    @Test(
        arguments: [
            ("10.0.0.0/8", "10.0.0.0/8"), ("192.0.2.1", "192.0.2.1/32"), ("::1", "::1/128"),
            ("2001:DB8:0::/32", "2001:db8::/32"), ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
            ("::ffff:192.0.2.1", "192.0.2.1/32"), ("::ffff:0:0/96", "0.0.0.0/0"),
        ]
    )
    func `a block is written in one way`(text: String, written: String) throws {
        let block = try #require(AddressBlock(text))
        #expect(block.description == written && AddressBlock(written) == block)
    }

    @Test(
        arguments: [
            "::/0", "0.0.0.0/0", "::/80", "::8000:0:0/81", "10.0.0.0/8", "::ffff:10.0.0.0/104",
        ]
    )
    func `an address is in blocks of its own kind alone`(text: String) throws {
        let block = try #require(AddressBlock(text))
        let four = try #require(InternetAddress("10.1.2.3"))
        let six = try #require(InternetAddress("::1"))
        if case .version4 = block.first {
            #expect(block.contains(four) && !block.contains(six))
            // Unmapped first, or not at all.
            #expect(!block.contains(.version6(four.number)))
        } else {
            #expect(!block.contains(four) && block.contains(.version6(four.number)))
        }
    }

    @Test(
        arguments: [
            ("::/0", true), ("::/1", true), ("::/80", true), ("::8000:0:0/81", true),
            ("::fffe:0:0/95", true), ("::/81", false), ("::/96", false), ("::/128", false),
            ("2000::/3", false), ("::ffff:0:0/96", false), ("::ffff:10.0.0.0/104", false),
            ("0.0.0.0/0", false), ("8000::/1", false), ("::fffc:0:0/95", false),
        ]
    )
    func `which blocks of IPv6 have the mapped addresses in them is known`(
        text: String,
        expected: Bool
    ) throws {
        let block = try #require(AddressBlock(text))
        #expect(block.holdsMappedAddresses == expected)
        let mapped = InternetAddress.version6(0xffff_0a01_0203)
        if case .version6 = block.first { #expect(block.contains(mapped) == expected) }
    }

    @Test func `every length of prefix has its first and last address, and no neighbour`() {
        for length in 1...32 {
            let size = UInt32(1) << (32 - UInt32(length))
            let first = UInt32(0xC0A8_0000) & ~(size &- 1)
            let block = AddressBlock(.version4(first), prefixLength: length)
            let last = first | (size &- 1)
            #expect(block.contains(.version4(first)) && block.contains(.version4(last)))
            #expect(!block.contains(.version4(first &- 1)))
            #expect(!block.contains(.version4(last &+ 1)))
        }
        for length in 1...128 {
            let size = UInt128(1) << (128 - UInt128(length))
            let first = UInt128(0x2001_0DB8) << 96 & ~(size &- 1)
            let block = AddressBlock(.version6(first), prefixLength: length)
            let last = first | (size &- 1)
            #expect(block.contains(.version6(first)) && block.contains(.version6(last)))
            #expect(!block.contains(.version6(first &- 1)))
            #expect(!block.contains(.version6(last &+ 1)))
        }
    }

    @Test(arguments: [-1, 33, 7])
    func `a prefix that no address has, or bits behind it, end the process`(length: Int) async {
        await #expect(processExitsWith: .failure) { [length = length as Int] in
            _ = AddressBlock(.version4(0x0101_0101), prefixLength: length)
        }
    }
}
