// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Reactor
internal import Registration
internal import Text

/// Why a command did nothing: what was wrong and what to do, in sentences.
struct Refusal: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// What commands print.
enum Output {
    /// A line on standard output, at once: whoever waits for it must not wait for a buffer.
    static func line(_ text: String) {
        SystemCall.write(1, (text + "\n").utf8Span.span)
    }

    /// Where a line goes.
    enum Stream {
        case output, error
    }

    /// A line for people on either stream, at once.
    static func note(_ text: String, to stream: Stream) {
        switch stream {
        case .output: line(text)
        case .error: write(text + "\n")
        }
    }

    /// Text on standard error, at once.
    static func write(_ text: String) {
        SystemCall.write(2, text.utf8Span.span)
    }

    /// A line on standard error that does not make the command fail.
    static func warn(_ text: String) {
        write("warning: \(text)\n")
    }

    /// Prints what is wrong with the arguments and returns what to throw then, status 64.
    ///
    /// For what only the running command finds out; a `ValidationError` would be followed by the
    /// usage of the whole program there.
    static func usage(_ text: String) -> ExitCode {
        write("Error: \(text)\n")
        return .validationFailure
    }

    /// Ends the program because of what is wrong, a line for each; 64 where it is the arguments.
    static func fail(_ lines: [String], isUsage: Bool) -> Never {
        for line in lines { write("Error: \(line)\n") }
        Handfast.exit(withError: isUsage ? ExitCode.validationFailure : ExitCode.failure)
    }

    /// Indented JSON with sorted members.
    static func json(_ value: JSONValue) -> String { value.indentedText }

    /// The same of a value that says itself what it is.
    static func json(_ value: some Encodable) throws -> String {
        try JSONValue(encoding: value).indentedText
    }

    /// Text as it may go to a terminal: what is not printable is shown by its number.
    static func printable(_ text: String) -> String { PrintableText.escaped(text) }
}

/// The time that this program goes by, whatever it does.
let wallClock = WallClock()

/// The time of the command, in seconds since 1970.
func epochSeconds() -> Int64 { wallClock.seconds }
