// SPDX-License-Identifier: Apache-2.0
import Foundation
import Reactor
import Testing

@testable import Administration

struct AdministrationClientTests {
    /// A directory of its own, with a token unless told otherwise, which is removed afterwards.
    private func withDirectory(
        hasToken: Bool = true,
        _ body: (String) throws -> Void
    ) throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "handfast-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        if hasToken {
            let token = Data(String(repeating: "t", count: 43).utf8)
            try token.write(to: folder.appending(path: "admin.token"))
        }
        try body(folder.path)
    }

    private func error(
        _ directory: String,
        at address: ListenAddress? = nil
    ) -> AdministrationClientError? {
        let client = AdministrationClient(
            directory: directory,
            address: address,
            waitMilliseconds: 200
        )
        do throws(AdministrationClientError) {
            _ = try client.ask(.get, "/health")
            return nil
        } catch {
            return error
        }
    }

    @Test func `a socket that is not there has no server`() throws {
        try withDirectory { directory in
            #expect(error(directory) == .noServer("unix:\(directory)/admin.sock"))
        }
    }

    @Test func `a listener that never answers is given up`() throws {
        try withDirectory { directory in
            let path = "\(directory)/admin.sock"
            let claimed = try Listener.claim(.local(path: path, descriptor: nil))
            defer { Listener.release(claimed) }
            let words = "unix:\(path) has not answered in 200 milliseconds."
            #expect(error(directory) == .failed(words))
        }
    }

    @Test func `a directory without a token is named`() throws {
        try withDirectory(hasToken: false) { directory in
            let path = "\(directory)/admin.sock"
            let claimed = try Listener.claim(.local(path: path, descriptor: nil))
            defer { Listener.release(claimed) }
            let words = try #require(error(directory)).description
            #expect(words.hasPrefix("\(directory)/admin.token is missing"))
        }
    }

    @Test func `an address that other machines reach is not asked`() throws {
        try withDirectory { directory in
            let address = ListenAddress(host: "192.0.2.1", port: 80)
            let words = "The host of 192.0.2.1:80 is not on this machine alone."
            #expect(error(directory, at: address) == .failed(words))
        }
    }
}
