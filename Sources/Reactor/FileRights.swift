// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// By whose rights a command works on files (Decision 0063).
///
/// A command that root runs in another user's data directory takes on that user's rights before it
/// looks into the directory, so that nothing is done there that the owner could not do, whatever
/// links, files and journals the owner puts in its way, and that what is made there is the owner's.
/// Files that the command line names, and those that are written elsewhere, are root's matter:
/// `asInvoker`.
///
/// The effective user, group and groups of the whole process change, not those of a thread: for a
/// command, none of whose other threads opens a file meanwhile.
package enum FileRights {
    private struct Identity {
        let user: uid_t
        let group: gid_t
        let groups: [gid_t]
    }

    private struct State {
        var invoker: Identity?
        var taken: Identity?
    }

    private static let state = Lock(State())

    /// Takes on the rights of the user to whom `directory` belongs, until the process ends; for a
    /// directory that is missing, of the user to whom the place belongs where it would be made.
    ///
    /// Nothing happens where this process is not root's, or everything on the path is. Throws where
    /// it belongs to several users, each of whom could put another directory there.
    package static func takeOn(ownerOf directory: String) throws(FileRightsError) {
        guard geteuid() == 0 else { return }
        let owners: PathOwners
        do throws(SystemError) {
            owners = try PathOwners(of: directory)
        } catch {
            throw FileRightsError("\(directory) cannot be looked into: \(error.reason).")
        }
        guard let owner = owners.others.min() else { return }
        guard owners.others.count == 1 else {
            let named = owners.others.sorted().map { "\($0)" }.joined(separator: ", ")
            throw FileRightsError(
                "The path of \(directory) belongs to several users (\(named)), each of whom could"
                    + " put another directory there. Run the command as the user of the server, for"
                    + " example with `sudo -u`."
            )
        }
        let group = Self.primaryGroup(of: owner) ?? owners.group
        let identity = Identity(user: owner, group: group, groups: [group])
        do throws(SystemError) {
            let invoker = Identity(user: 0, group: getegid(), groups: try Self.groups())
            state.withLock { $0 = State(invoker: invoker, taken: identity) }
            try Self.lower(to: identity)
        } catch {
            throw FileRightsError(
                "The rights of \(directory)'s owner (\(owner)) cannot be taken on:"
                    + " \(error.reason). Run the command as that user, for example with `sudo -u`."
            )
        }
        do throws(SystemError) {
            _ = try DataFile.kind(directory)
        } catch {
            throw FileRightsError(
                "\(directory) belongs to another user (\(owner)), by whose rights it cannot be"
                    + " reached: \(error.reason). Let that user enter the directories above it, or"
                    + " run the command where the server runs."
            )
        }
    }

    /// Runs `body` by the rights that the process was started with.
    package static func asInvoker<Result: ~Copyable, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let (invoker, taken) = state.withLock { ($0.invoker, $0.taken) }
        guard let invoker, let taken, geteuid() != invoker.user else { return try body() }
        Self.require { () throws(SystemError) in try Self.raise(to: invoker) }
        defer { Self.require { () throws(SystemError) in try Self.lower(to: taken) } }
        return try body()
    }

    /// Runs `body` by the rights that `takeOn` would give, and gives them back.
    package static func asOwner<Result>(
        of directory: String,
        _ body: () throws -> Result
    ) throws -> Result {
        guard state.withLock({ $0.taken == nil }) else { return try body() }
        try takeOn(ownerOf: directory)
        defer {
            let invoker = state.withLock { state in
                defer { state = State() }
                return state.taken == nil ? nil : state.invoker
            }
            if let invoker, geteuid() != invoker.user {
                Self.require { () throws(SystemError) in try Self.raise(to: invoker) }
            }
        }
        return try body()
    }

    /// The user's group by the list of users; nil where the list does not have the user.
    ///
    /// Not the directory's, which may be one that the user is not in.
    private static func primaryGroup(of user: uid_t) -> gid_t? {
        var group: gid_t = 0
        // SAFETY: one number is written, or none.
        return unsafe handfast_primary_group(user, &group) == 1 ? group : nil
    }

    private static func groups() throws(SystemError) -> [gid_t] {
        // With a size of 0, the groups are counted and nothing is written.
        let count = getgroups(0, nil)
        guard count >= 0 else { throw SystemError("reading the groups", code: errno) }
        var groups = [gid_t](repeating: 0, count: Int(count))
        // SAFETY: at most `count` numbers are written.
        guard unsafe getgroups(count, &groups) >= 0 else {
            throw SystemError("reading the groups", code: errno)
        }
        return groups
    }

    /// The user last, since only root may change the others.
    private static func lower(to identity: Identity) throws(SystemError) {
        // SAFETY: as many numbers are read as the array has.
        guard unsafe setgroups(identity.groups.count, identity.groups) == 0,
            setegid(identity.group) == 0, seteuid(identity.user) == 0
        else { throw SystemError("changing the user", code: errno) }
    }

    /// The user first, for the same reason.
    private static func raise(to identity: Identity) throws(SystemError) {
        // SAFETY: as above.
        guard seteuid(identity.user) == 0, setegid(identity.group) == 0,
            unsafe setgroups(identity.groups.count, identity.groups) == 0
        else { throw SystemError("changing the user", code: errno) }
    }

    /// Ends the process where the rights cannot be changed: it must not go on with others.
    private static func require(_ change: () throws(SystemError) -> Void) {
        do throws(SystemError) {
            try change()
        } catch {
            preconditionFailure("\(error)")
        }
    }
}

/// Why a directory's owner's rights cannot be taken on: the problem and its remedy, in sentences.
package struct FileRightsError: Error, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
