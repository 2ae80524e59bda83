// SPDX-License-Identifier: Apache-2.0
/// Why the server has not done what a page needs.
package enum ServerAPIError: Error, Sendable, Equatable {
    /// No server was there, so that nothing was asked of one; the text says where, in sentences.
    case absent(String)
    /// No answer came to a question; the text says why, in sentences.
    case unreachable(String)
    /// No answer came to a change, which may be carried out; the text says why, in sentences.
    case unanswered(String)
    /// The server does not take the token of the data directory.
    case tokenRefused
    /// The server has answered with a problem.
    case problem(ServerProblemDetails)
    /// The answer is none that this program understands.
    case unreadable

    /// Whether nothing was changed for certain, so that the same may be asked for again.
    package var changedNothing: Bool {
        switch self {
        case .absent, .tokenRefused: true
        // 503: the change may have begun.
        case .problem(let problem): problem.status != 503
        case .unreachable, .unanswered, .unreadable: false
        }
    }

    /// The problem, if there is one of this status.
    package func problem(_ status: Int) -> ServerProblemDetails? {
        if case .problem(let problem) = self, problem.status == status { problem } else { nil }
    }
}
