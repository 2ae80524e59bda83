// SPDX-License-Identifier: Apache-2.0
public import Logging
internal import Reactor

/// Hands a logger's lines to a sink; `LoggingSystem.bootstrap { SinkLogHandler($0, sink) }`.
public struct SinkLogHandler: LogHandler {
    private let label: String
    private let sink: LogSink
    private var ownLevel: Logger.Level?

    /// Goes into every line of this logger.
    public var metadata: Logger.Metadata = [:]
    /// Asked at every line; its values yield to the line's own.
    public var metadataProvider: Logger.MetadataProvider?

    /// Makes the handler of the logger named `label`.
    public init(_ label: String, _ sink: LogSink) {
        self.label = label
        self.sink = sink
    }

    /// The sink's level, until this logger is given one of its own.
    public var logLevel: Logger.Level {
        get { ownLevel ?? sink.level }
        set { ownLevel = newValue }
    }

    /// One value of `metadata`.
    public subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Formats and queues a line; does not block.
    public func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let given = event.metadata { all.merge(given) { $1 } }
        if let error = event.error { all["error"] = .string("\(error)") }
        let line = LogLine(
            milliseconds: sink.clock.milliseconds,
            level: event.level,
            label: label,
            message: event.message.description,
            metadata: all
        )
        sink.append(line.bytes(sink.format))
    }
}
