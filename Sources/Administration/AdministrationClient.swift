// SPDX-License-Identifier: Apache-2.0
internal import HTTP
package import Reactor

/// Asks an administrative listener for commands: HTTP/1.1, a connection for each request.
///
/// Blocks.
package struct AdministrationClient: Sendable {
    /// The methods of the listener's routes.
    package enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    /// The listener's address.
    package let address: ListenAddress
    /// The path of the token's file.
    package var tokenPath: String { credential.path }

    private let credential: AdministrationCredential
    private let waitMilliseconds: UInt64

    /// The time of connecting, request and answer together; 10,000 calls take a hundredth of it.
    private static let waitMilliseconds: UInt64 = 10_000
    private static let readBytesMax = 65_536

    /// Asks the server of the data directory `directory`, at its socket there or at `address`.
    package init(directory: String, address: ListenAddress? = nil) {
        self.init(directory: directory, address: address, waitMilliseconds: Self.waitMilliseconds)
    }

    /// The same, with a time of its own for connecting, request and answer together.
    package init(directory: String, address: ListenAddress?, waitMilliseconds: UInt64) {
        self.address = address ?? AdministrationSettings.socket(in: directory)
        credential = AdministrationCredential(in: directory)
        self.waitMilliseconds = waitMilliseconds
    }

    /// One request and its answer, whatever the answer's status.
    ///
    /// `fields` are names and values of header fields; control characters are left out of values.
    package func ask(
        _ method: Method,
        _ path: String,
        query: [(name: String, value: String)] = [],
        fields: [(name: String, value: String)] = [],
        content: [UInt8] = []
    ) throws(AdministrationClientError) -> ReceivedAnswer {
        let socket = try connect()
        let request = Self.request(method, path, query, fields, content, token: try token())
        do throws(SystemError) {
            try socket.send(request.span)
        } catch {
            throw translated(error)
        }
        return try answer(from: socket)
    }

    private func connect() throws(AdministrationClientError) -> ClientSocket {
        let local = address.localSockets
        guard !local.isEmpty else {
            throw .failed("The host of \(address) is not on this machine alone.")
        }
        let deadline = Clock.milliseconds + waitMilliseconds
        do throws(SystemError) {
            return try ClientSocket.connected(
                toOneOf: local,
                named: address.description,
                deadline: deadline
            )
        } catch {
            throw translated(error)
        }
    }

    private func token() throws(AdministrationClientError) -> [UInt8] {
        do {
            return try credential.read()
        } catch {
            throw .failed("\(error)")
        }
    }

    private func answer(
        from socket: borrowing ClientSocket
    ) throws(AdministrationClientError) -> ReceivedAnswer {
        var reader = ReceivedAnswerReader()
        while true {
            let bytes: [UInt8]
            do throws(SystemError) {
                bytes = try socket.receive(upTo: Self.readBytesMax)
            } catch {
                throw translated(error)
            }
            do throws(ReceivedAnswerError) {
                if let answer = try reader.take(bytes) { return answer }
            } catch {
                throw .failed(
                    "The answer of \(address) \(error.reason). Is it an administrative listener?"
                )
            }
        }
    }

    private func translated(_ error: SystemError) -> AdministrationClientError {
        if error.isNobodyListening { return .noServer("\(address)") }
        guard error.isTimeout else { return .failed("\(error).") }
        return .failed("\(address) has not answered in \(waitMilliseconds) milliseconds.")
    }

    private static func request(
        _ method: Method,
        _ path: String,
        _ query: [(name: String, value: String)],
        _ fields: [(name: String, value: String)],
        _ content: [UInt8],
        token: [UInt8]
    ) -> [UInt8] {
        let pairs = query.map { "\($0.name)=\(PercentEncoding.encode($0.value))" }
        let target = pairs.isEmpty ? path : path + "?" + pairs.joined(separator: "&")
        var head = [
            "\(method.rawValue) \(target) HTTP/1.1",
            "Host: localhost",
            "Authorization: Bearer \(String(decoding: token, as: UTF8.self))",
            "Connection: close",
        ]
        for field in fields {
            // A line break would end the field: whatever a caller was sent is taken as one line.
            let value = field.value.utf8.filter { $0 >= 0x20 && $0 != 0x7f }
            head.append("\(field.name): \(String(decoding: value, as: UTF8.self))")
        }
        if [.post, .put, .patch].contains(method) {
            head.append("Content-Length: \(content.count)")
        }
        head.append("\r\n")
        return Array(head.joined(separator: "\r\n").utf8) + content
    }
}

/// Why a listener was not asked, or gave no answer that can be used, in sentences.
package enum AdministrationClientError: Error, Equatable, CustomStringConvertible {
    /// No program listens at the address.
    case noServer(String)
    /// Anything else.
    case failed(String)

    /// The problem, and the remedy where there is one.
    package var description: String {
        switch self {
        case .noServer(let address): "No server listens at \(address)."
        case .failed(let text): text
        }
    }
}
