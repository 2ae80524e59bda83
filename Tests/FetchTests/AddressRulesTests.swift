// SPDX-License-Identifier: Apache-2.0
import Network
import Testing

@testable import Fetch

/// The addresses themselves; what a server at them answers stands in the other suites.
struct AddressRulesTests {
    private static let usual = AddressRules(FetchPolicy())

    private func allows(_ text: String, _ rules: AddressRules = usual) throws -> Bool {
        rules.allow(try #require(InternetAddress(text), "\(text) is no address"))
    }

    @Test(
        arguments: [
            "1.0.0.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
            "126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255",
            "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.3.0", "192.88.98.255",
            "192.88.100.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0",
            "198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0", "223.255.255.255",
            "2000::1", "2001:200::1", "2001:4860:4860::8888", "2001:db7::1", "2001:db9::1",
            "2606:4700::1111", "2a00:1450::1", "3ffe:ffff::1", "3fff:1000::1", "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8", "2002:808:808::1", "2001:0:808:808::f7f7:f7f7",
        ]
    )
    func `a public address is good`(address: String) throws {
        #expect(try allows(address))
    }

    @Test(
        arguments: [
            // IPv4, the first and the last of each block.
            "0.0.0.0", "0.0.0.1", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0",
            "100.127.255.255", "127.0.0.0", "127.0.0.1", "127.255.255.255", "169.254.0.0",
            "169.254.169.254", "169.254.255.255", "172.16.0.0", "172.31.255.255", "192.0.0.0",
            "192.0.0.255", "192.0.2.0", "192.0.2.255", "192.88.99.1", "192.168.0.0",
            "192.168.255.255", "198.18.0.0", "198.19.255.255", "198.51.100.0", "198.51.100.255",
            "203.0.113.0", "203.0.113.255", "224.0.0.0", "239.255.255.255", "240.0.0.0",
            "255.255.255.254", "255.255.255.255",
            // IPv6: not specified, loopback, local, multicast, special, reserved.
            "::", "::1", "::2", "fc00::", "fd00::1", "fd00:ec2::254",
            "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe80::1", "febf:ffff::1", "fec0::1",
            "feff::1", "ff00::", "ff02::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "100::1",
            "1fff:ffff::1", "4000::1", "5f00::1", "2001:2::1", "2001:10::1", "2001:20::1",
            "2001:1ff::1", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "3fff::1",
            "3fff:fff:ffff::1", "64:ff9b:1::1", "64:ff9b:1::8.8.8.8", "64:ff9b::1:808:808",
            // Ways to IPv4.
            "::127.0.0.1", "::10.0.0.1", "::8.8.8.8", "::ffff:0.0.0.0", "::ffff:127.0.0.1",
            "::ffff:7f00:1", "::ffff:10.1.2.3", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1",
            "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::1",
            "2002:a00:1::", "2002:c0a8:101:1::1", "2002:a9fe:a9fe::1",
            // Teredo: a private server, a private client.
            "2001:0:a00:1::f7f7:f7f7", "2001:0:808:808::80ff:fffe", "2001:0:808:808::f5ff:fffe",
        ]
    )
    func `a private or special address is refused`(address: String) throws {
        #expect(try !allows(address))
        // The same rules with everything allowed: it is the address that was refused.
        #expect(try allows(address, AddressRules(FetchPolicy(allowsPrivateAddresses: true))))
    }

    @Test func `what is allowed is allowed in every spelling, and its neighbours are not`() throws {
        let networks = ["10.1.0.0/16", "::1/128", "fd00:1::/32"].compactMap { AddressBlock($0) }
        #expect(networks.count == 3)
        let rules = AddressRules(FetchPolicy(allowed: networks))
        let good = [
            "10.1.0.0", "10.1.255.255", "::1", "fd00:1::5", "::ffff:10.1.2.3", "64:ff9b::10.1.2.3",
            "8.8.8.8", "2a00:1450::1",
        ]
        for address in good { #expect(try allows(address, rules)) }
        let bad = [
            "10.0.255.255", "10.2.0.0", "::", "::2", "fd00:2::5", "::ffff:10.2.0.0",
            "64:ff9b::10.2.0.0", "127.0.0.1", "::10.1.2.3",
        ]
        for address in bad { #expect(try !allows(address, rules)) }
    }

    @Test func `all of IPv6 is not all of IPv4, nor the other way round`() throws {
        let six = AddressRules(FetchPolicy(allowed: [try #require(AddressBlock("::/0"))]))
        #expect(try allows("::1", six) && !allows("127.0.0.1", six))
        #expect(try !allows("::ffff:127.0.0.1", six))
        let four = AddressRules(FetchPolicy(allowed: [try #require(AddressBlock("0.0.0.0/0"))]))
        #expect(try allows("127.0.0.1", four) && !allows("::1", four))
        #expect(try allows("::ffff:127.0.0.1", four) && !allows("fd00::1", four))
    }
}
