// SPDX-License-Identifier: Apache-2.0
internal import Glibc
package import Reactor
internal import Registration
internal import Storage
internal import Text

/// The place to which entries of the audit go.
package enum AuditTarget: Sendable, Equatable {
    /// Lines of JSON on standard output.
    case output
    /// Lines of JSON at the end of the file at this path.
    case file(String)
    /// Messages of syslog to a socket of this machine.
    case syslogSocket(String)
    /// Messages of syslog by UDP to this host and port.
    case syslogHost(ListenAddress)

    /// The forms, for people.
    package static let forms = "-, a FILE, syslog:unix:/PATH or syslog:udp:HOST:PORT"
    private static let syslog = "syslog:"
    private static let udp = "udp:"

    /// The place that a text in one of the `forms` names; nil for any other.
    package init?(_ text: String) {
        guard text.hasPrefix(Self.syslog) else {
            guard !text.isEmpty else { return nil }
            self = text == "-" ? .output : .file(text)
            return
        }
        let place = String(text.dropFirst(Self.syslog.count))
        if place.hasPrefix(Self.udp) {
            let host = String(place.dropFirst(Self.udp.count))
            guard let address = try? ListenAddress(host), address.path == nil else { return nil }
            self = .syslogHost(address)
        } else {
            guard let path = (try? ListenAddress(place))?.path else { return nil }
            self = .syslogSocket(path)
        }
    }

    /// The name that notes give it.
    package var name: String {
        switch self {
        case .output: "standard output"
        case .file(let path): path
        case .syslogSocket(let path): "syslog at \(path)"
        case .syslogHost(let address): "syslog at \(address)"
        }
    }

    /// Delivers all of `entries` in their order; throws where one cannot be, and those before it
    /// have gone out then.
    ///
    /// `stalled` is called again and again while the reader of standard output takes nothing, which
    /// has no end.
    func deliver(
        _ entries: [AuditEntry],
        _ messages: SyslogMessage,
        stalled: () -> Void
    ) throws(SystemError) {
        switch self {
        case .output: try Self.write(entries, to: 1, name, stalled)
        case .file(let path):
            try FileRights.asInvoker { () throws(SystemError) in try Self.append(entries, path) }
        case .syslogSocket(let path):
            try FileRights.asInvoker { () throws(SystemError) in
                try send(entries, messages, to: .local(path: path, descriptor: nil))
            }
        case .syslogHost(let address):
            // Resolved each time: the host may have moved since.
            guard let host = HostName.addresses(address.host).first else {
                throw SystemError("resolving \(address.host)", code: EHOSTUNREACH)
            }
            try send(entries, messages, to: SocketAddress(host: host, port: address.port))
        }
    }

    private static func write(
        _ entries: [AuditEntry],
        to descriptor: Int32,
        _ name: String,
        _ stalled: () -> Void
    ) throws(SystemError) {
        for entry in entries {
            let line = entry.line + [UInt8(ascii: "\n")]
            var done = 0
            while done < line.count {
                while !SystemCall.isWritable(descriptor, within: stallMilliseconds) { stalled() }
                // No more than a pipe takes at once: a longer write would wait in silence.
                let end = min(done + SystemCall.pipeBytes, line.count)
                let part = line.span.extracting(done..<end)
                guard let written = SystemCall.writeSome(descriptor, part) else {
                    throw SystemError("writing \(name)", code: EPIPE)
                }
                done += written
            }
        }
    }

    /// A reader that takes nothing for so long is one that stands still.
    private static let stallMilliseconds: Int32 = 2_000

    /// Opened for each batch, so that a file which was moved away for a rest is made anew.
    private static func append(_ entries: [AuditEntry], _ path: String) throws(SystemError) {
        let lines = entries.flatMap { $0.line + [UInt8(ascii: "\n")] }
        let file = try DataFile.openAtEnd(path)
        try DataFile.append(lines.span, to: file, path)
        try DataFile.sync(file, path)
    }

    /// The time that a receiver on this machine has for a batch.
    private static let milliseconds: UInt64 = 5_000

    private func send(
        _ entries: [AuditEntry],
        _ messages: SyslogMessage,
        to address: SocketAddress
    ) throws(SystemError) {
        let deadline = Clock.milliseconds + Self.milliseconds
        let socket = try ClientSocket(address, datagrams: true, named: name, deadline: deadline)
        for entry in entries { try socket.send(messages.bytes(entry).span) }
    }
}
