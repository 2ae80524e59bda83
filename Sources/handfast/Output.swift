// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Reactor
internal import Registration
internal import Text

/// Why a command did nothing: the problem and its remedy, in sentences.
struct CommandError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// The standard input of commands.
enum Input {
    /// Its first line, or empty without one.
    static func line() -> String { readLine(strippingNewline: true) ?? "" }

    /// All of it, 64 KiB at most.
    static func all() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let part = try SystemCall.read(0, upTo: bytesMax, of: "standard input")
            if part.isEmpty { return bytes }
            bytes += part
            guard bytes.count <= bytesMax else {
                throw CommandError("The standard input has more than \(bytesMax >> 10) KiB.")
            }
        }
    }

    /// Far more than any value that a command reads there.
    private static let bytesMax = 65_536
}

/// The output of commands.
enum Output {
    /// A stream, by its descriptor.
    enum Stream: Int32 {
        case output = 1
        case error
    }

    /// Writes text unbuffered: a program that waits for a line gets it at once.
    static func write(_ text: String, to stream: Stream) {
        SystemCall.write(stream.rawValue, text.utf8Span.span)
    }

    /// A line, at once.
    static func line(_ text: String, to stream: Stream = .output) {
        write(text + "\n", to: stream)
    }

    /// A line on standard error that does not make the command fail.
    static func warn(_ text: String) { line("warning: \(text)", to: .error) }

    /// Warnings, with options named as on the command line.
    static func warn(_ texts: [RegistrationText]) {
        for text in texts { warn(text.text(FlagVocabulary())) }
    }

    /// Warnings with the files that they are about.
    static func warn(_ warnings: [RegistrationWarning]) {
        for warning in warnings { warn(warning.line) }
    }

    /// Prints the problem with the arguments and returns the error to throw then, status 64.
    ///
    /// For problems that only the running command finds; a `ValidationError` would be followed by
    /// the usage of the whole program there.
    static func usage(_ text: String) -> ExitCode {
        line("Error: \(text)", to: .error)
        return .validationFailure
    }

    /// Ends the program with these problems, a line for each; status 64 for those of the arguments.
    static func fail(_ lines: [String], isUsage: Bool) -> Never {
        for text in lines { line("Error: \(text)", to: .error) }
        Handfast.exit(withError: isUsage ? ExitCode.validationFailure : ExitCode.failure)
    }

    /// Shows something to people, or as JSON to programs.
    static func show(_ shown: some Presentable, json: Bool) throws {
        if json {
            print(try shown.value.indentedText)
        } else if !shown.text.isEmpty {
            print(shown.text)
        }
    }

    /// Prints `content`, or writes it to the file at `path`.
    static func put(_ content: [UInt8], to path: String?) throws {
        guard let path else {
            return print(String(decoding: content, as: UTF8.self), terminator: "")
        }
        do throws(SystemError) {
            try FileRights.asInvoker { () throws(SystemError) in
                try DataFile.write(content, to: path, isPrivate: false)
            }
        } catch {
            throw CommandError(
                "\(path) cannot be written. Does its folder exist, and may you write there?"
            )
        }
    }
}

extension RegistrationFiles {
    /// Prints the warnings about the files; throws the problem with any of them.
    func conclude() throws(RegistrationError) {
        Output.warn(warnings)
        try finish()
    }
}

/// The one clock of this program.
let wallClock = WallClock()

/// The time of the command, in seconds since 1970.
func epochSeconds() -> Int64 { wallClock.seconds }
