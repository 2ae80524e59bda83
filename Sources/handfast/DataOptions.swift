// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Reactor
internal import Server
internal import Storage

/// The option for the data directory; every command that works on one has this.
struct DataOptions: ParsableArguments {
    @Option(
        help: .value(
            "dir",
            "The data directory. The default is that of serve: HANDFAST_DATA, then the"
                + " configuration's, then /var/lib/handfast."
        )
    )
    var data: String?

    @Option(
        help: .value(
            "file",
            "The server's configuration file, for the data directory that it names."
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

    /// Opens the store and prints its warnings on standard error.
    ///
    /// Unless `creating`, a directory without a database is refused: its name is most likely
    /// mistyped.
    func open(creating: Bool = false) throws -> any RegistrationStore {
        try openWhole(creating: creating).registrations
    }

    /// As `open`, with all stores of the directory.
    func openWhole(creating: Bool = false) throws -> DataStore {
        let named = try path()
        if !creating, try !DataStore.isMade(in: named) {
            throw CommandError(
                "There is no Handfast database in \(named). Name the directory that the server"
                    + " uses, with --data or --config; `handfast serve`, `handfast client add` and"
                    + " `handfast apply` make one."
            )
        }
        let store = try DataStore.open(named, as: .command)
        for warning in store.warnings { Output.warn(warning) }
        return store
    }

    /// The files that the whole configuration names; none, with a warning, for a bad configuration.
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

extension Author {
    /// The author of this command's changes.
    static var thisCommand: Author { .command(user: SystemCall.userName) }
}
