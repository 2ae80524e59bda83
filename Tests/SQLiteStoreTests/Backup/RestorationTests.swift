// SPDX-License-Identifier: Apache-2.0
import Cryptography
import Foundation
import Storage
import StorageTesting
import Testing

@testable import SQLiteStore
@testable import Tables

/// A directory to a file and back, as the commands do it.
struct RestorationTests {
    private let source: TemporaryDirectory
    private let target: TemporaryDirectory
    private var file: String { source.path + "/made.tar" }

    init() throws {
        (source, target) = (try TemporaryDirectory(), try TemporaryDirectory())
    }

    /// A backup of one client, a key that the configuration names, and a file elsewhere.
    private func makeBackup() throws -> Digest256 {
        let store = try source.open()
        try store.insert(client("c1"))
        let key = source.path + "/own.key"
        try Data([1]).write(to: URL(fileURLWithPath: key))
        return try Backup(of: store.directory).copy(
            store,
            with: [key, "/etc/passwd"],
            to: Backup.Target(named: file),
            now: 0
        )
    }

    @Test func `what was copied is restored, with the files that are members`() throws {
        let digest = try makeBackup()
        try Restoration(in: target.path).fill(
            from: BackupReader(named: file),
            expecting: digest
        )
        #expect(try target.open().client("c1")?.clientID == "c1")
        #expect(DataDirectory.exists(target.path + "/own.key"))
        #expect(!DataDirectory.exists(target.path + "/passwd"))
    }

    @Test func `codes of before the backup are not restored, and what lasts longer is`() throws {
        let store = try source.open()
        let (code, family) = (SampleGrant.code(1), SampleGrant.family(2))
        let (request, token) = (SampleGrant.request(3), RevokedToken(id: code.digest, until: 9))
        _ = try store.perform([
            .addCode(code, from: nil), .addRefreshFamily(family), .push(request),
            .revokeToken(token),
        ])
        _ = try makeBackup()
        // Used after the backup: a second use would be the first one of the restored server.
        #expect(try store.perform([.useCode(code.digest, at: 1_001, nil)]) == [.done])
        try Restoration(in: target.path).fill(from: BackupReader(named: file), expecting: nil)
        let restored = try target.open()
        let keys: [GrantKey] = [
            .code(code.digest), .pushedRequest(request.digest),
            .refreshFamily(family.access.grantID),
        ]
        #expect(try restored.find(keys) == [nil, nil, .refreshFamily(family)])
        #expect(try restored.perform([.useCode(code.digest, at: 1_002, nil)]) == [.absent])
        var revoked: [RevokedToken] = []
        try restored.forEachRevokedToken(after: 0) { revoked.append($0) }
        #expect(revoked == [token])
        // The source has them still.
        #expect(try store.find([.pushedRequest(request.digest)]) == [.pushedRequest(request)])
    }

    @Test func `a backup of a version without grants is restored`() throws {
        do {
            let old = try source.open(migrations: Array(Migration.all.prefix(6)))
            try old.withWriter { try $0.execute(MigrationTests.row) }
            _ = try Backup(of: old.directory).copy(
                old,
                with: [],
                to: Backup.Target(named: file),
                now: 0
            )
        }
        try Restoration(in: target.path).fill(from: BackupReader(named: file), expecting: nil)
        #expect(try target.open().client("c1")?.grantTypes == ["password", "client_credentials"])
    }

    @Test func `another digest is refused, and leaves nothing`() throws {
        let digest = try makeBackup()
        let error = #expect(throws: BackupError.self) {
            try Restoration(in: target.path).fill(
                from: BackupReader(named: file),
                expecting: Digest256.of([1])
            )
        }
        #expect(error == .another(file, digest: digest.hexadecimal))
        #expect(!DataDirectory.exists(target.path))
        // Without one, the backup is restored by the digests that are in it.
        try Restoration(in: target.path).fill(from: BackupReader(named: file), expecting: nil)
        #expect(DataDirectory.exists(target.database))
    }

    @Test func `what cannot be opened is no backup, and neither is a directory`() throws {
        for path in ["/absent/made.tar", NSTemporaryDirectory()] {
            #expect(throws: BackupError.absent(path)) { _ = try BackupReader(named: path) }
        }
    }

    @Test func `a digest has 64 hexadecimal digits, and nothing beside them`() {
        let digest = Digest256.of([1])
        let digits = digest.hexadecimal
        #expect(BackupMember.digest(digits.utf8) == digest)
        #expect(BackupMember.digest(digits.uppercased().utf8) == digest)
        for text in ["", String(digits.dropLast()), digits + "0", digits + " ", "x" + digits] {
            #expect(BackupMember.digest(text.utf8) == nil, "\(text)")
        }
    }
}
