// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Testing

@testable import TLS

/// Handshakes with each shortcut switched off by itself, and with all of them.
///
/// A switch is the process's, so each of these has a process of its own.
struct ShortcutTests {
    /// Starts the library without some shortcuts, and has handshakes of all kinds taken.
    private static func serve(without off: [Shortcut]) throws {
        for shortcut in off { shortcut.switchOff() }
        #expect(CryptographyLibrary.start(slim: true) == .slim)
        try SlimProviderTests.exchanges(kinds: KeyKind.allCases)
        let owner = try ClientIdentity()
        let stolen = ClientIdentity(owner, key: try Key(showing: owner.key, signingAs: Key(.p256)))
        for version in Version.spoken {
            // A key is prepared at its second handshake.
            let context = try Listener.context()
            for _ in 0..<4 {
                let line = try connected(context, owner, version: version)
                #expect(line.thumbprint == owner.digest)
                let attempt = try Line(context, try Client(stolen, version: version))
                #expect(isWrongSignature(error(attempt)))
            }
        }
    }

    @Test(arguments: Shortcut.allCases)
    func `without one shortcut OpenSSL does that part, and the others are taken`(
        shortcut: Shortcut
    ) async {
        await #expect(processExitsWith: .success) { [name = shortcut.rawValue as String] in
            let off = try #require(Shortcut(rawValue: name))
            let others = Shortcut.allCases.filter { $0 != off && $0.isOn }
            try Self.serve(without: [off])
            #expect(!off.isOn)
            #expect(ThreadCounts(off).found == 0)
            for other in others {
                #expect(other.isOn && ThreadCounts(other).found > 0, "\(other)")
            }
        }
    }

    @Test func `without any shortcut OpenSSL does everything`() async {
        await #expect(processExitsWith: .success) {
            try Self.serve(without: Shortcut.allCases)
            for off in Shortcut.allCases {
                #expect(!off.isOn && ThreadCounts(off).found == 0, "\(off)")
            }
        }
    }
}
