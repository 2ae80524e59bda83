// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import LoadTarget
internal import Logging
internal import Reactor
internal import Registration
internal import Seeding
internal import Serving
internal import Storage
internal import Synchronization

/// A load target as the server puts it together: its rules, its reactors' parts.
final class RunningLoadTarget: Sendable {
    /// Counters, rules and clock, for administrators.
    let state: LoadTargetState
    private let identifierSeed: String?
    private let store: any RegistrationStore
    private let workers: WorkerPool
    private let log: Logger
    /// Whether a worker is to rotate the signing key: at most one at a time, whoever calls.
    private let isRotating = Atomic<Bool>(false)

    /// A target whose reactors have these mailboxes.
    init(
        identifierSeed: String?,
        _ mailboxes: [Mailbox<ReactorMessage>],
        store: any RegistrationStore,
        workers: WorkerPool,
        clock: WallClock,
        log: Logger
    ) {
        state = LoadTargetState(reactors: mailboxes.count, clock: clock) { plan in
            for mailbox in mailboxes { mailbox.post(.faults(plan)) }
        }
        self.identifierSeed = identifierSeed
        self.store = store
        self.workers = workers
        self.log = log
    }

    /// The target of a server with the options `settings` and the seed `seed`, by these rules.
    convenience init(
        _ settings: LoadTargetSettings,
        _ seed: Seed?,
        _ rules: [FaultRule],
        _ mailboxes: [Mailbox<ReactorMessage>],
        store: any RegistrationStore,
        workers: WorkerPool,
        clock: WallClock,
        log: Logger
    ) {
        self.init(
            identifierSeed: settings.hasDeterministicIdentifiers
                ? seed.map { "\($0.number)" } : nil,
            mailboxes,
            store: store,
            workers: workers,
            clock: clock,
            log: log
        )
        _ = state.rules.replaceAll(with: rules)
    }

    /// The part of the reactor with this index.
    func start(ofReactor index: Int) -> LoadTargetStart {
        LoadTargetStart(
            state,
            reactor: index,
            identifierSeed: identifierSeed,
            rotateKeys: { [self] in rotateKeys() }
        )
    }

    /// Has a worker rotate the signing key, unless that is under way; where no worker is free, the
    /// next strike does.
    private func rotateKeys() {
        guard !isRotating.exchange(true, ordering: .relaxed) else { return }
        let isTaken = workers.submit { [self] in
            rotateKeysNow()
            isRotating.store(false, ordering: .relaxed)
        }
        if !isTaken { isRotating.store(false, ordering: .relaxed) }
    }

    /// Makes a signing key that is in use at once; the others verify on.
    private func rotateKeysNow() {
        do {
            _ = try TokenKeyRotation.rotate(
                .signing,
                activeIn: 0,
                forget: false,
                in: store,
                by: .server,
                at: state.clock.seconds
            )
        } catch {
            log.error("the signing key was not rotated", metadata: ["reason": "\(error)"])
        }
    }

    /// The rules of a file; throws everything that is wrong with them.
    static func rules(in path: String) throws(StartError) -> [FaultRule] {
        let text: [UInt8]
        do throws(FileError) {
            text = try DataFile.contents(of: path)
        } catch {
            throw StartError("--faults: \(error)")
        }
        do throws(FaultRuleError) {
            return try FaultRule.list(yaml: text.span)
        } catch {
            let lines = error.findings.map { "\(path), \($0)" }
            throw StartError("--faults:\n" + lines.joined(separator: "\n"))
        }
    }
}
