// SPDX-License-Identifier: Apache-2.0
internal import Reactor
internal import TLS

/// One GET of a server's health or readiness, for a command.
///
/// Blocks. A server's certificate is not checked, as Kubernetes checks none: the question has no
/// secret, and its answer opens nothing.
package struct HealthQuestion: Sendable {
    /// The subject of a question, which is also the path behind the slash.
    package enum Subject: String, Sendable {
        case health
        case ready
    }

    private let place: HealthPlace
    private let subject: Subject
    private let milliseconds: UInt64
    private static let readBytesMax = 65_536

    /// A question that has so many milliseconds for connecting, request and answer together.
    package init(_ place: HealthPlace, _ subject: Subject, milliseconds: UInt64) {
        self.place = place
        self.subject = subject
        self.milliseconds = milliseconds
    }

    /// Asks; whether the answer is yes, with the answer in one line.
    ///
    /// Throws where no server has answered that question.
    package func ask() throws(HealthQuestionError) -> (isYes: Bool, line: String) {
        let deadline = Clock.milliseconds + milliseconds
        let answer: ReceivedAnswer
        do {
            let socket = try connect(until: deadline)
            answer = try place.isSecured ? securedAnswer(socket) : plainAnswer(socket)
        } catch let error as SystemError {
            throw failed(error)
        } catch let error as ReceivedAnswerError {
            throw HealthQuestionError("\(place): the answer \(error.reason).")
        } catch let error as TLSError {
            throw HealthQuestionError("\(place): TLS: \(error).")
        } catch {
            throw HealthQuestionError("\(error)")
        }
        let line = "\(place)/\(subject.rawValue): \(answer.status) \(Self.text(answer.content))"
        switch answer.status {
        case 200: return (true, line)
        case 503: return (false, line)
        default: throw HealthQuestionError("\(line): no probe answers there.")
        }
    }

    /// The end of a question: the answer, or why there is none.
    package typealias End = Result<(isYes: Bool, line: String), HealthQuestionError>

    /// Asks on a thread of its own; nil where the time is over.
    ///
    /// Resolving a name has no deadline of its own. Throws where there is no thread.
    package func askInTime() throws -> End? {
        let ended = Lock<End?>(nil)
        let thread = try Thread.start("question") {
            let end: End
            do throws(HealthQuestionError) {
                end = .success(try ask())
            } catch {
                end = .failure(error)
            }
            ended.withLock { $0 = end }
            ended.signal()
        }
        thread.detach()
        return ended.wait(milliseconds: Int(milliseconds) + 200) { $0 }
    }

    /// One line of printable characters, however long the answer is.
    private static func text(_ content: [UInt8]) -> String {
        String(decoding: content.prefix(512).filter { (0x20..<0x7f).contains($0) }, as: UTF8.self)
    }

    private func failed(_ error: SystemError) -> HealthQuestionError {
        if error.isNobodyListening { return HealthQuestionError("No server listens at \(place).") }
        guard error.isTimeout else { return HealthQuestionError("\(place): \(error).") }
        return HealthQuestionError("\(place) has not answered in \(milliseconds) ms.")
    }

    private func connect(until deadline: UInt64) throws -> ClientSocket {
        let name = "\(place)"
        if let path = place.address.path {
            let local = SocketAddress.local(path: path, descriptor: nil)
            return try ClientSocket(local, named: name, deadline: deadline)
        }
        let hosts = HostName.addresses(place.address.host)
        guard !hosts.isEmpty else {
            throw HealthQuestionError("The host \(place.address.host) cannot be resolved.")
        }
        return try ClientSocket.connected(
            toOneOf: hosts.map { SocketAddress(host: $0, port: place.address.port) },
            named: name,
            deadline: deadline
        )
    }

    private var request: [UInt8] {
        // The administrative listener answers to its own names alone.
        let isHere = place.address.path != nil || place.address.isLoopback
        let host = isHere ? "localhost" : "\(place.address)"
        return Array(
            "GET /\(subject.rawValue) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n".utf8
        )
    }

    private func plainAnswer(_ socket: borrowing ClientSocket) throws -> ReceivedAnswer {
        var reader = ReceivedAnswerReader()
        try socket.send(request.span)
        while true {
            if let answer = try reader.take(try socket.receive(upTo: Self.readBytesMax)) {
                return answer
            }
        }
    }

    private func securedAnswer(_ socket: borrowing ClientSocket) throws -> ReceivedAnswer {
        var reader = ReceivedAnswerReader()
        let tls = try UncheckedClient()
        var isOpen = false
        while true {
            if !isOpen, try tls.handshake() {
                isOpen = true
                try tls.write(request)
            }
            while isOpen, let content = try tls.read() {
                if let answer = try reader.take(content) { return answer }
            }
            let sent = tls.sending()
            if !sent.isEmpty { try socket.send(sent.span) }
            let bytes = try socket.receive(upTo: Self.readBytesMax)
            // The end of the stream without a close_notify.
            guard !bytes.isEmpty else { throw ReceivedAnswerError("ends before it is whole") }
            tls.receive(bytes)
        }
    }
}

/// Why a server could not be asked, in a sentence.
package struct HealthQuestionError: Error, Equatable, CustomStringConvertible {
    /// The problem.
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
