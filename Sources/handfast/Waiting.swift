// SPDX-License-Identifier: Apache-2.0
internal import Reactor

/// Runs asynchronous work to its end from a command that is not.
///
/// The commands are synchronous so that the main thread stays the program's own: under an
/// asynchronous `main` the runtime parks it with all signals open, and a SIGTERM meant for the
/// server would end the process there.
func waiting<Value: Sendable>(
    for body: @escaping @Sendable () async throws -> Value
) throws -> Value {
    let box = Lock<Result<Value, any Error>?>(nil)
    Task.detached {
        let result: Result<Value, any Error>
        do {
            result = .success(try await body())
        } catch {
            result = .failure(error)
        }
        box.withLock { $0 = result }
        box.signal(all: true)
    }
    return try box.wait { $0 }.get()
}
