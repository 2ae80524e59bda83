// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import Registration
internal import Storage

/// A failure of a store that may come with every group: one line of the log for each new reason,
/// and one for its end.
struct StoreErrorLog {
    private let log: Logger
    private let beginning: Logger.Message
    private let ending: Logger.Message
    /// nil while all is well.
    private var reason: String?

    /// A failure that has not come yet, with its lines.
    init(_ log: Logger, _ beginning: Logger.Message, end: Logger.Message) {
        self.log = log
        self.beginning = beginning
        ending = end
    }

    /// Notes that it failed once more.
    mutating func note(_ error: any Error) {
        let reason = StoreError.sentence(of: error)
        if reason != self.reason { log.error(beginning, metadata: ["reason": "\(reason)"]) }
        self.reason = reason
    }

    /// Notes a success.
    mutating func end() {
        if reason != nil { log.notice(ending) }
        reason = nil
    }

    /// Notes the results of a group: its first error, or that there is none.
    mutating func note<Value>(_ results: [Result<Value, StoreError>]) {
        for case .failure(let error) in results { return note(error) }
        end()
    }
}
