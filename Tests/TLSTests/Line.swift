// SPDX-License-Identifier: Apache-2.0
import COpenSSL
import Cryptography
import Glibc

@testable import TLS

/// Two connected sockets that do not block.
final class SocketPair {
    let server: Int32
    let client: Int32

    init() throws {
        var ends: [Int32] = [-1, -1]
        // SAFETY: the array has room for the two numbers.
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw ClientError("socketpair")
        }
        server = ends[0]
        client = ends[1]
    }

    deinit {
        close(server)
        close(client)
    }

    /// Writes to the server as much as its socket takes.
    func send(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        // SAFETY: exactly the array is read.
        _ = unsafe Glibc.send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// Says that nothing more will come from the client.
    func endSending() {
        shutdown(client, Int32(SHUT_WR))
    }

    /// The bytes that the server has sent so far.
    func receive(atMost count: Int = .max) -> [UInt8] {
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 16_384)
        while bytes.count < count {
            // SAFETY: at most the block's length is written.
            let got = unsafe recv(client, &block, min(block.count, count - bytes.count), 0)
            guard got > 0 else { return bytes }
            bytes += block.prefix(got)
        }
        return bytes
    }
}

/// A server's connection and a client at the two ends of a line, both driven by the test's thread.
final class Line {
    let sockets: SocketPair
    let client: Client
    var server: TLSConnection
    /// Changes what the client sends, as someone on the way could.
    var tamper: ([UInt8]) -> [UInt8] = { $0 }

    init(_ context: TLSContext, _ client: Client) throws {
        sockets = try SocketPair()
        self.client = client
        server = TLSConnection(context, descriptor: sockets.server)
    }

    /// Handshakes to the end on both sides; throws what either of them throws.
    func connect() throws {
        var serverIsDone = false
        for _ in 0..<10 {
            let clientIsDone = try client.handshake()
            carryToServer()
            if !serverIsDone {
                // A refusal's alert must go out too, or the client would wait for ever.
                defer { carryToClient() }
                serverIsDone = try server.handshake() == .done(0)
            }
            guard clientIsDone, serverIsDone else { continue }
            // A ticket of TLS 1.3 comes after the handshake.
            _ = try client.read()
            return
        }
        throw ClientError("the handshake does not end")
    }

    func carryToServer() {
        sockets.send(tamper(client.takeOutput()))
        server.socketIsReadable()
    }

    @discardableResult
    func carryToClient() -> TLSFlush {
        let flushed = server.flush()
        client.receive(sockets.receive())
        return flushed
    }

    /// All that the server can read now, and how the last read ended.
    func serverReads() throws -> (text: [UInt8], last: TLSStep) {
        var text: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 4096)
        while true {
            var room = block.mutableSpan
            let step = try server.read(into: &room)
            guard case .done(let count) = step else { return (text, step) }
            text += block.prefix(count)
        }
    }

    var thumbprint: [UInt8]? { server.peerThumbprint()?.bytes }
    var peerCertificates: [[UInt8]] { server.peerCertificates() }
    var serverIsResumed: Bool { server.isResumed }
    var serverGroup: TLSGroup? { server.group }
    var serverVersion: String { server.version }
    var serverMayHaveMore: Bool { server.mayHaveMore }
    func flush() -> TLSFlush { server.flush() }
    func postpone() -> Postponed? { server.postpone() }
    func send(_ postponed: Postponed) -> TLSFlush { server.send(postponed) }
}

/// The server's error of a handshake that it refuses; nil where it completes.
func error(_ line: Line) -> TLSError? {
    do {
        try line.connect()
        return nil
    } catch {
        return error as? TLSError
    }
}

/// Whether a client was refused since its signature is not by its certificate's key: in the words
/// of OpenSSL 3.0, or of 3.5.
func isWrongSignature(_ failure: TLSError?) -> Bool {
    guard let failure, failure.kind == .certificate else { return false }
    return ["bad signature", "provider signature failure"].contains(failure.reason)
}
