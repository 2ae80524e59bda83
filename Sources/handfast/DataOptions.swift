// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import PostgresStore
internal import Reactor
internal import Server
internal import Storage

/// The options for a store that nodes share.
struct StoreOptions: ParsableArguments {
    @Option(
        help: .value(
            "url",
            "A store in PostgreSQL that nodes share, postgresql://USER@HOST/DATABASE. The default"
                + " is HANDFAST_STORE_URL, then the configuration's; without one, the database in"
                + " the data directory."
        )
    )
    var store: String?

    @Option(
        help: .value(
            "file",
            "The key under which secrets are wrapped in that store. The default is"
                + " HANDFAST_STORE_KEY_FILE, then the configuration's."
        )
    )
    var storeKeyFile: String?

    /// A password on the command line is in the list of processes.
    static let passwordWarning =
        "the store's address has a password, which other users of this machine can read while the"
        + " command runs: keep it in the file that PGPASSFILE names"
}

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

    @OptionGroup var store: StoreOptions

    /// The data directory that a server with these options would use, by whose owner's rights this
    /// command works from now on.
    func enter() throws -> String {
        let directory = try place().directory
        try FileRights.takeOn(ownerOf: directory)
        return directory
    }

    /// The places of the state of a server with these options.
    func place() throws -> StorePlace {
        try overrides.read(
            config,
            remedy: " The store is named by --data DIR, or by --store URL with its key.",
            ServerConfiguration.storePlace
        )
    }

    var overrides: ConfigurationOverrides {
        ConfigurationOverrides(
            data: data,
            store: store.store,
            storeKeyFile: store.storeKeyFile
        )
    }

    /// Opens the store and prints its warnings on standard error.
    ///
    /// In a directory with a database of its own, this command works by the rights of the
    /// directory's owner from now on: files that the command line names are read before, and
    /// written by `FileRights.asInvoker`. Unless `creating`, a directory without a database is
    /// refused: its name is most likely mistyped.
    func open(creating: Bool = false) throws -> any RegistrationStore {
        try openWhole(creating: creating).registrations
    }

    /// As `open`, with all stores of the directory.
    func openWhole(creating: Bool = false) throws -> DataStore {
        let place = try place()
        let named = place.directory
        if place.shared == nil { try FileRights.takeOn(ownerOf: named) }
        if !creating, place.shared == nil, try !DataStore.isMade(in: named) {
            throw CommandError(
                "There is no Handfast database in \(named). Name the directory that the server"
                    + " uses, with --data or --config; `handfast serve`, `handfast client add` and"
                    + " `handfast apply` make one."
            )
        }
        if place.shared?.url.hasPassword == true { Output.warn(StoreOptions.passwordWarning) }
        let store = try DataStore.open(place)
        for warning in store.warnings { Output.warn(warning) }
        return store
    }

    /// The files that the whole configuration names; none, with a warning, for a bad configuration.
    func namedFiles() throws -> [ServerConfiguration.NamedFile] {
        do throws(ConfigurationError) {
            return try ServerConfiguration.load(
                file: config,
                environment: ProcessSettings.environment,
                overrides: overrides
            ).namedFiles
        } catch {
            Output.warn("the files that the configuration names are not looked at: \(error)")
            return []
        }
    }
}

extension ConfigurationOverrides {
    /// Reads a part of the configuration in `file`; a mistake in it is one of usage.
    func read<Part>(
        _ file: String?,
        remedy: String = "",
        _ part: (String?, [String: String], Self) throws(ConfigurationError) -> Part
    ) throws -> Part {
        do throws(ConfigurationError) {
            return try part(file, ProcessSettings.environment, self)
        } catch {
            throw Output.usage("\(error).\(remedy)")
        }
    }
}

extension Author {
    /// The author of this command's changes.
    static var thisCommand: Author { .command(user: SystemCall.userName) }
}
