// SPDX-License-Identifier: Apache-2.0

/// The second from which on what is issued to a client, or for a user, counts.
package enum TokenValidity {
    /// That second after everything was ended at `time`, where it was `start` before.
    ///
    /// Times are in whole seconds. Tokens of the second of an earlier end have the next one as
    /// their `iat`, so that the start moves by one second at least. Never goes back: a clock that
    /// was set back must not make what was ended valid again.
    package static func start(after start: Int64, endedAt time: Int64) -> Int64 {
        start <= time ? time + 1 : start < .max ? start + 1 : start
    }

    /// The same in SQL, of the column `tokens_valid_from` and the parameter with this number, which
    /// is one second more than the time.
    package static func startExpression(next parameter: Int) -> String {
        """
        CASE WHEN tokens_valid_from < ?\(parameter) THEN ?\(parameter)
        WHEN tokens_valid_from < \(Int64.max) THEN tokens_valid_from + 1
        ELSE tokens_valid_from END
        """
    }
}
