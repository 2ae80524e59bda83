// SPDX-License-Identifier: Apache-2.0
package import Storage

/// The store's failures in words for the people who keep a server: those who use the command line,
/// and those who read the log.
///
/// Not in Storage, which does not know what somebody can do about an error.
extension StoreError {
    /// The problem and what to do about it, in one line.
    package var sentence: String { "\(reason); \(remedy)" }

    /// The same of a failure that may be another one, which says itself what there is to say.
    package static func sentence(of error: any Error) -> String {
        (error as? StoreError)?.sentence ?? "\(error)"
    }

    /// The remedy, by the commands for it.
    private var remedy: String {
        if subject == .storeKey {
            return "name the key file that this store was made with, or the one that `handfast"
                + " store rewrap` has made since, and that this user may read"
        }
        if subject == .sharedStore, let remedy = remedyOfShared { return remedy }
        return switch kind {
        case .unavailable: "check that it is there and that this user may open it, then try again"
        case .commitUnknown: "check the disk, then look whether the change is there"
        case .readOnly:
            "run as the owner of the data directory; where that is so, look at the modes (700 of"
                + " the directory and 600 of its files), and whether its disk is mounted read-only"
        case .reader: "make the change by a command, or at a node that writes"
        case .busy: "try again; if it stays busy, find the process" + fuser
        case .full: "free space on that disk, then try again"
        case .outOfMemory:
            "raise the limit of memory (`ulimit -v`, LimitAS and MemoryMax of systemd)"
        case .inputOutput: "check the disk, and the space that is left on it, then start again"
        case .corrupt: "restore it from a backup, or move it away to start empty"
        case .newerVersion: "use that version, or restore a backup made with this one"
        case .olderVersion: "restart the server with this version first"
        case .locked: "stop that one first, or name another directory"
        case .directory: "run as its owner, or name a directory that you may write"
        case .foreignDirectory:
            "run as that user, for example with `sudo -u`, or name a folder in it, which is made"
        case .foreignFile:
            "give it to that user, for example with `chown --reference=DIRECTORY FILE`"
        case .replaced: "put that file back; or stop the server, restore a backup, and start it"
        case .notFile: "remove it, or put the file itself in its place"
        case .notEmpty: "name an empty directory, or move away what is there"
        case .alreadyExists: remedyOfTaken
        case .notFound: "see `handfast \(command) list`"
        case .ambiguous: "give the client_id of one of them"
        case .moved: "give --store, with that store's address"
        case .conflict: "look at it again, then repeat the command"
        case .inUse:
            "give these clients another one, with `handfast client update CLIENT --trust-set NAME`,"
                + " or remove them"
        case .invalid: "correct the value"
        case .unaudited:
            "put audit.key back from a backup; or look with `handfast audit verify` for what"
                + " happened, and begin a new chain with `handfast audit renew`"
        }
    }

    /// The remedy where the failing store is one that nodes share.
    private var remedyOfShared: String? {
        switch kind {
        case .unavailable:

            "check that the database runs and takes writes, that the address and the certificates"
                + " that prove it are right, and that it lets the role in"
        case .commitUnknown: "look whether the change is there"
        case .readOnly: "give the role the rights that Documentation/fleet.md names"
        case .busy: "try again; if it stays busy, look at pg_stat_activity"
        case .full: "free space on that server, then try again"
        case .corrupt: "restore the database from a backup"
        case .olderVersion: "run `handfast store migrate`"
        case .newerVersion: "use a newer version of this program"
        case .notEmpty: "name a database in which `handfast store migrate` has made new tables"
        case .unaudited:
            "look with `handfast audit verify` for what happened, and begin a new chain with"
                + " `handfast audit renew`"
        default: nil
        }
    }

    private var fuser: String {
        guard case .file(let path) = subject else { return "" }
        return " with `fuser \(path)`"
    }

    private var remedyOfTaken: String {
        switch subject {
        case .user:
            "choose another name, or change the password with `handfast user password`"
        case .trustSet: "choose another name, or change that one with `handfast trust-set update`"
        case .issuer:
            "choose another name or iss; or change that issuer with `handfast issuer update`"
        case .certificate: "give each certificate once"
        case .key: "give the new key another kid"
        case .adminToken: "choose another name, or remove that one first"
        case .file: "name another file"
        default: "choose another, or change that client with `handfast client update`"
        }
    }

    private var command: String {
        switch subject {
        case .user: "user"
        case .trustSet: "trust-set"
        case .issuer: "issuer"
        case .key: "key"
        case .adminToken: "admin-token"
        default: "client"
        }
    }
}
