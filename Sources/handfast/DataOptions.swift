// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Foundation
internal import Reactor
internal import SQLiteStore
internal import Server
internal import Storage
internal import Text

/// Where the data directory is; every command that works on one has this.
struct DataOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The data directory; without it, as for serve: what HANDFAST_DATA says, then the"
                + " configuration, then /var/lib/handfast.",
            valueName: "dir"
        )
    )
    var data: String?

    @Option(
        help: ArgumentHelp(
            "The server's configuration file, for the data directory that it names.",
            valueName: "file"
        )
    )
    var config: String?

    /// The data directory that a server with these options would use.
    func path() throws -> String {
        let environment = ProcessSettings.environment
        do throws(ConfigurationError) {
            return try ServerConfiguration.dataDirectory(
                file: config,
                environment: environment,
                flag: data
            )
        } catch {
            throw Output.usage("There is no data directory; give --data DIR. \(error)")
        }
    }

    /// Opens the store and prints what the operator should know about it on standard error.
    ///
    /// Unless `creating`, a directory without a database is refused: it is most likely mistyped.
    func open(creating: Bool = false) throws -> Store {
        let named = try path()
        if !creating, try !Self.hasDatabase(named) {
            throw Refusal(
                "There is no Handfast database in \(named). Name the directory that the server"
                    + " uses, with --data or --config; `handfast serve` and `handfast client add`"
                    + " make one."
            )
        }
        let store = try Store.open(directory: named, as: .tool)
        for warning in store.warnings { Output.warn(warning) }
        return store
    }

    private static func hasDatabase(_ directory: String) throws -> Bool {
        do throws(SystemError) {
            return try DataFile.kind(directory + "/handfast.db") != nil
        } catch {
            throw Refusal(
                "The data directory \(directory) cannot be looked into: \(error.reason). Run as the"
                    + " user that the server runs as, or name another one with --data."
            )
        }
    }

    /// The files that the whole configuration names; none, with a warning, where it cannot be used.
    func namedFiles() throws -> [ServerConfiguration.NamedFile] {
        do throws(ConfigurationError) {
            return try ServerConfiguration.load(
                file: config,
                environment: ProcessSettings.environment,
                overrides: ConfigurationOverrides(data: data)
            ).namedFiles
        } catch {
            Output.warn("the files that the configuration names are not looked at: \(error)")
            return []
        }
    }
}

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
        FileHandle.standardOutput.write(Data((text + "\n").utf8))
    }

    /// Where a line goes.
    enum Stream {
        case output, error
    }

    /// A line for people on either stream, at once.
    static func note(_ text: String, to stream: Stream) {
        switch stream {
        case .output: line(text)
        case .error: FileHandle.standardError.write(Data((text + "\n").utf8))
        }
    }

    /// A line on standard error that does not make the command fail.
    static func warn(_ text: String) {
        FileHandle.standardError.write(Data("warning: \(text)\n".utf8))
    }

    /// Prints what is wrong with the arguments and returns what to throw then, status 64.
    ///
    /// For what only the running command finds out; a `ValidationError` would be followed by the
    /// usage of the whole program there.
    static func usage(_ text: String) -> ExitCode {
        FileHandle.standardError.write(Data("Error: \(text)\n".utf8))
        return .validationFailure
    }

    /// Indented JSON with sorted members.
    static func json(_ value: some Encodable) throws -> String {
        try JSONValue(encoding: value).indentedText
    }

    /// Text as it may go to a terminal: what is not printable is shown by its number.
    static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { !isPrintable($0) }) else { return text }
        return text.unicodeScalars.map {
            isPrintable($0) ? String($0) : "\\u{" + String($0.value, radix: 16) + "}"
        }.joined()
    }

    /// Neither a control or format character, nor a line break, nor unassigned.
    static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
            .paragraphSeparator:
            false
        default: true
        }
    }

    /// A line of a table: cells at least as wide as they say, two spaces between them.
    static func columns(_ cells: [(text: String, width: Int)]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let text = printable(cell.text)
            line += index == 0 ? text : "  " + text
            guard index < cells.count - 1 else { break }
            line += String(repeating: " ", count: max(0, cell.width - text.count))
        }
        return line
    }

    /// Lines of `name: value`, the values in one column.
    static func lines(_ pairs: [(String, String)]) -> String {
        let width = (pairs.map(\.0.count).max() ?? 0) + 2
        return pairs.map { name, value in
            (name + ":").padding(toLength: width, withPad: " ", startingAt: 0) + printable(value)
        }.joined(separator: "\n")
    }
}

/// Rules for the names of clients and users.
enum DisplayName {
    static let charactersMax = 128

    /// Throws unless `name` can be shown, typed and told apart.
    static func check(_ name: String, of what: String) throws {
        guard !name.isEmpty, name.count <= charactersMax, name.utf8.count <= 4 * charactersMax,
            name.unicodeScalars.allSatisfy(Output.isPrintable)
        else {
            throw ValidationError(
                "The name of a \(what) has 1 to \(charactersMax) printable characters."
            )
        }
        guard name.first?.isWhitespace == false, name.last?.isWhitespace == false else {
            throw ValidationError("The name of a \(what) does not begin or end with white space.")
        }
    }
}

/// The time of the command, in seconds since 1970.
func epochSeconds() -> Int64 { Int64(Date().timeIntervalSince1970) }
