// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Foundation
import Storage
import StorageTesting
import Testing

@testable import SQLiteStore
@testable import Tables

struct DurabilityTests {
    /// Writes until killed; a line in the file `acknowledged` follows each durable row.
    private static func writeUntilKilled(_ path: String) throws {
        let store = try SQLiteDatabase.open(directory: path, as: .server)
        let file = path + "/acknowledged"
        try Data().write(to: URL(fileURLWithPath: file))
        let acknowledged = try #require(FileHandle(forWritingAtPath: file))
        let delay = Int.random(in: 20...300)
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(delay)) {
            kill(getpid(), SIGKILL)
        }
        for number in 0... {
            try store.insert(client("c\(number)", certificates: [certificate(UInt8(number % 256))]))
            try acknowledged.write(contentsOf: Data("c\(number)\n".utf8))
        }
    }

    @Test(arguments: 0..<3)
    func `a process killed while writing loses no acknowledged row`(round: Int) async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            try Self.writeUntilKilled(path)
        }
        let text = try String(contentsOfFile: path + "/acknowledged", encoding: .utf8)
        let acknowledged = text.split(separator: "\n").map(String.init)
        let store = try directory.open(.server)
        var present: Set<String> = []
        try store.forEachClient { client in
            present.insert(client.clientID)
            #expect(client.certificates.count == 1)
        }
        #expect(acknowledged.filter { !present.contains($0) } == [])
        // At most the row that was being acknowledged is there unannounced.
        #expect(present.count - acknowledged.count <= 1)
    }
}
