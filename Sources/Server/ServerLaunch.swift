// SPDX-License-Identifier: Apache-2.0
package import Cryptography
internal import Logging
package import Reactor

extension Server {
    /// Serves by what `load` reads, and returns when the process was told to stop.
    ///
    /// For the main thread of a program, once: sets up the process's log and the cryptographic
    /// library, which goes without some `shortcuts` of handshakes. SIGHUP reads by `load` again.
    /// `listening` has each address when it accepts, and `ended` each line of a load target's bill.
    /// A load target is a server of test keys, apart from all others.
    package static func serve(
        as loadTarget: LoadTargetSettings? = nil,
        without shortcuts: [Shortcut] = [],
        version: String,
        clock: WallClock,
        load: @escaping () throws -> ServerConfiguration,
        listening: (String) -> Void,
        ended: (String) -> Void = { _ in }
    ) throws {
        let loaded = try load()
        let sink = try LogSink(format: loaded.log.format, level: loaded.log.level, clock: clock)
        LoggingSystem.bootstrap { SinkLogHandler($0, sink) }
        let log = Logger(label: "handfast")
        defer { sink.stop() }
        for shortcut in shortcuts { shortcut.switchOff() }
        if !shortcuts.isEmpty {
            let names = shortcuts.map(\.rawValue).joined(separator: ",")
            log.warning("handshakes go without some shortcuts", metadata: ["without": "\(names)"])
        }
        startCryptography(loaded, log)
        let server = try Server(
            loaded,
            as: loadTarget,
            version: version,
            clock: clock,
            log: log,
            sink: sink,
            reload: load
        )
        for address in try server.start() { listening(address) }
        server.run()
        for line in server.summary { ended(line) }
    }
}
