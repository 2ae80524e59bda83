// SPDX-License-Identifier: Apache-2.0
internal import Reactor
package import Registration

/// Facts that the configuration decides, as administrators read them.
///
/// Whoever starts the server sets them, again after each reload; every thread may read them.
package final class ServerFacts: Sendable {
    /// A key of the configuration with the value in effect.
    package struct Setting: Sendable, Equatable {
        /// The kind of place that a value came from.
        package enum Source: String, Sendable, CaseIterable {
            case standard = "default"
            case derived, file, environment, option
        }

        /// The dotted name.
        package let key: String
        /// The value as a file would say it: of a secret, the path of its file.
        package let value: String
        package let source: Source
        /// The place, for people: the file and the line, the variable, the option.
        package let origin: String
        /// Whether a change takes effect with a restart only.
        package let needsRestart: Bool
        /// A sentence or two about the key.
        package let documentation: String

        /// A setting from its parts.
        package init(
            key: String,
            value: String,
            source: Source,
            origin: String,
            needsRestart: Bool,
            documentation: String
        ) {
            self.key = key
            self.value = value
            self.source = source
            self.origin = origin
            self.needsRestart = needsRestart
            self.documentation = documentation
        }
    }

    /// The facts of one moment.
    package struct Values: Sendable {
        /// Every key, in the order of the example file.
        package var settings: [Setting] = []
        /// When the server replaces its keys of tokens; nil where commands alone do.
        package var keySchedule: TokenKeySchedule?

        /// No facts.
        package init() {}
    }

    private let current: Lock<Values>

    /// Facts that can be set anew.
    package init(_ values: Values = Values()) {
        current = Lock(values)
    }

    /// The facts as they are now.
    package var values: Values {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }
}
