// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import LoadTarget
internal import Logging
internal import Reactor
internal import Registration
internal import Serving
internal import Storage
internal import Synchronization

/// A load target as the server puts it together: its rules, its reactors' parts.
final class RunningLoadTarget: Sendable {
    /// Counters, rules and clock, for administrators.
    let state: LoadTargetState
    private let identifierSeed: String?
    private let rotateKeys: @Sendable (@escaping @Sendable () -> Void) -> Bool
    /// Whether a worker is to rotate the signing key: at most one at a time, whoever calls.
    private let isRotating = Atomic<Bool>(false)

    /// A target whose reactors have these mailboxes.
    ///
    /// `rotateKeys` has a worker rotate the key and call what it is handed; false where none is
    /// free.
    init(
        identifierSeed: String?,
        _ mailboxes: [Mailbox<ReactorMessage>],
        clock: WallClock,
        rotateKeys: @escaping @Sendable (@escaping @Sendable () -> Void) -> Bool
    ) {
        state = LoadTargetState(reactors: mailboxes.count, clock: clock) { plan in
            for mailbox in mailboxes { mailbox.post(.faults(plan)) }
        }
        self.identifierSeed = identifierSeed
        self.rotateKeys = rotateKeys
    }

    /// The part of the reactor with this index.
    func start(ofReactor index: Int) -> LoadTargetStart {
        LoadTargetStart(
            state,
            reactor: index,
            identifierSeed: identifierSeed,
            rotateKeys: { [self] in rotate() }
        )
    }

    /// Rotates the signing key, unless that is under way; where no worker is free, the next strike
    /// does.
    private func rotate() {
        guard !isRotating.exchange(true, ordering: .relaxed) else { return }
        let isTaken = rotateKeys { [self] in isRotating.store(false, ordering: .relaxed) }
        if !isTaken { isRotating.store(false, ordering: .relaxed) }
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

extension TokenKeyRotation {
    /// Makes a signing key that is in use at once, as a load target's rules ask for; the others
    /// verify on.
    static func rotateAtOnce(
        in store: some RegistrationStore,
        clock: WallClock,
        log: Logger
    ) {
        do {
            _ = try rotate(
                .signing,
                activeIn: 0,
                forget: false,
                in: store,
                by: .server,
                at: clock.seconds
            )
        } catch {
            log.error("the signing key was not rotated", metadata: ["reason": "\(error)"])
        }
    }
}
