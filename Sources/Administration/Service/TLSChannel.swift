// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Reactor
internal import TLS

/// A channel with TLS, whose handshake is a part of receiving.
final class TLSChannel: LocalChannel {
    /// One record (RFC 8446 §5.1), so that little is kept beside what the socket takes.
    private static let pieceBytes = 16_384
    /// Of what a peer sends after the last answer, in one go.
    private static let discardBytes = 65_536

    private let descriptor: Descriptor
    private var tls: TLSConnection
    private var isOpen = false
    private(set) var peerKey: Digest256?
    private(set) var isBlocked = false

    init(_ descriptor: consuming Descriptor, _ context: TLSContext) {
        tls = TLSConnection(context, descriptor: descriptor.number)
        self.descriptor = descriptor
    }

    var number: Int32 { descriptor.number }
    var mayHaveMore: Bool { isOpen && tls.mayHaveMore }

    func receive(into buffer: inout [UInt8]) -> LocalInput {
        tls.socketIsReadable()
        let step: TLSStep
        do throws(TLSError) {
            if !isOpen {
                switch try tls.handshake() {
                case .done: isOpen = true
                case .wantsRead: return flushed(.nothing)
                // Readable for good: the peer has ended its side.
                case .closed: return .ended
                }
                peerKey = provenKey()
            }
            var bytes = buffer.mutableSpan
            step = try tls.read(into: &bytes)
        } catch {
            // With the alert that says why.
            _ = tls.flush()
            return .ended
        }
        return switch step {
        case .done(let count): flushed(.bytes(count))
        case .wantsRead: flushed(.nothing)
        case .closed: .ended
        }
    }

    /// The handshake has proven possession; the certificate's other content is of no interest.
    private func provenKey() -> Digest256? {
        guard let der = tls.peerCertificate() else { return nil }
        return (try? Certificate(der: der))?.subjectPublicKeyInfoDigest
    }

    /// Ends a step; `input` where the socket is not broken.
    private func flushed(_ input: LocalInput) -> LocalInput {
        flush() ? input : .ended
    }

    private func flush() -> Bool {
        switch tls.flush() {
        case .sent: isBlocked = false
        case .blocked: isBlocked = true
        case .broken: return false
        }
        return true
    }

    func discard(by buffer: inout [UInt8]) -> Bool {
        tls.discardInput(atMost: Self.discardBytes) != nil
    }

    func send(_ unsent: inout [UInt8]) -> Bool {
        guard flush() else { return false }
        var done = 0
        while done < unsent.count, !isBlocked {
            let end = min(done + Self.pieceBytes, unsent.count)
            do throws(TLSError) {
                try tls.write(unsent.span.extracting(done..<end))
            } catch {
                return false
            }
            done = end
            guard flush() else { return false }
        }
        unsent.removeFirst(done)
        return true
    }

    func endSending() {
        tls.sendCloseNotify()
        _ = tls.flush()
        tls.endSending()
    }
}
