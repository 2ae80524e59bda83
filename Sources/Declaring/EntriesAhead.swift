// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Reactor
internal import Registration
internal import Text

/// Entries that wait for the planner, in their order, while a thread checks the keys of those far
/// behind the first one.
///
/// OpenSSL takes most of the time of new clients. The thread only tells the planner what it need
/// not check again; every finding, its order and its words are the planner's.
struct EntriesAhead {
    /// An entry, and the keys of its certificates if nothing is to be found in any of them.
    typealias Next = (entry: DeclaredEntry, soundKeys: Set<Digest256>)

    private var entries: [DeclaredEntry] = []
    private var first = 0
    private var taken = 0
    private let keys = KeysAhead()
    /// Whether the planner had something new to judge in the last entry that it took: what is
    /// registered already is not checked.
    var isWorthwhile = true

    /// A megabyte of certificates, which keeps the thread busy for a quarter of a second.
    static let entriesMax = 512

    /// Whether `next` is to be called before another one is added.
    var isFull: Bool { entries.count - first >= Self.entriesMax }

    /// Adds one behind the others.
    mutating func add(_ entry: DeclaredEntry) {
        if first >= Self.entriesMax {
            entries.removeFirst(first)
            first = 0
        }
        entries.append(entry)
        keys.add(isWorthwhile ? entry.clientCertificates : [])
    }

    /// The first one; nil where there is none.
    ///
    /// Never waits for the thread.
    mutating func next() -> Next? {
        guard first < entries.count else { return nil }
        defer { (first, taken) = (first + 1, taken + 1) }
        return (entries[first], keys.take(taken))
    }
}

extension DeclaredEntry {
    /// The texts of a client's own certificates; none where files have more of them.
    fileprivate var clientCertificates: [String] {
        guard kind == .client, kind.certificateFiles.keys.allSatisfy({ members[$0] == nil })
        else { return [] }
        return members[RegistrationField.certificates.rawValue]?.texts ?? []
    }
}

/// The keys of numbered lists of certificates, checked by a thread.
///
/// The planner checks what the thread has not finished when its turn comes. The thread skips some
/// lists then, and is ahead again: neither waits for the other, and both have work.
private final class KeysAhead: Sendable {
    private struct State {
        /// The lists that no one has begun, by number.
        var texts: [Int: [String]] = [:]
        var sound: [Int: Set<Digest256>] = [:]
        var added = 0
        /// The first number that the planner has not taken.
        var taken = 0
        /// The first number that the thread has neither begun nor skipped.
        var begun = 0
        var isStopped = false
    }

    private let state = Lock(State())
    private let thread = Lock<Thread?>(nil)

    /// Shorter declarations are not worth a thread.
    private static let addedMin = 64
    /// As many leave the thread time to become faster than the planner, which also compares and
    /// keeps what it has judged.
    private static let skipped = 32

    deinit {
        state.withLock { $0.isStopped = true }
        state.signal(all: true)
        thread.withLock { $0 }?.join()
    }

    /// Adds the next list, which may be empty.
    func add(_ texts: [String]) {
        let added = state.withLock { state in
            if !texts.isEmpty { state.texts[state.added] = texts }
            state.added += 1
            return state.added
        }
        if added == Self.addedMin { start() }
        if !texts.isEmpty { state.signal() }
    }

    /// Without a second processor, or a thread, the planner checks all of them.
    private func start() {
        guard ProcessSettings.processors > 1 else { return }
        let state = state
        let thread = try? Thread.start("keys") {
            while let (number, texts) = Self.begin(state) {
                let sound = Self.soundKeys(texts)
                state.withLock { if number >= $0.taken { $0.sound[number] = sound } }
            }
        }
        self.thread.withLock { $0 = thread }
    }

    private static func begin(_ state: Lock<State>) -> (Int, [String])? {
        let next: (Int, [String])?? = state.wait { state -> (Int, [String])?? in
            if state.isStopped { return .some(nil) }
            if state.begun < state.taken { state.begun = state.taken + skipped }
            while state.begun < state.added {
                defer { state.begun += 1 }
                guard let texts = state.texts.removeValue(forKey: state.begun) else { continue }
                return (state.begun, texts)
            }
            return nil
        }
        return next ?? nil
    }

    /// All or none: a key that is found sound in one certificate may be in another that is not.
    private static func soundKeys(_ texts: [String]) -> Set<Digest256> {
        let keys = texts.compactMap { CertificateRegistration.soundKey(Array($0.utf8)) }
        return keys.count == texts.count ? Set(keys) : []
    }

    /// The sound keys of the list with this number; none where they are not known.
    func take(_ number: Int) -> Set<Digest256> {
        state.withLock { state in
            state.taken = number + 1
            state.texts[number] = nil
            return state.sound.removeValue(forKey: number) ?? []
        }
    }
}
