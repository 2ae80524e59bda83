// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import OAuth
internal import Storage

/// A change of one record, for the log: commands write to the store and have no log of their own.
struct RegistryChange: Equatable {
    /// The sort of change, as the log names it.
    enum Effect: String {
        case added
        case changed
        case enabled
        case disabled
        case removed
    }

    let kind: Change.Kind
    let id: String
    let effect: Effect

    init(_ change: Change, _ effect: Effect) {
        kind = change.kind
        id = change.id
        self.effect = effect
    }

    /// The change of a record that can be disabled: created, removed, enabled, disabled or changed.
    static func effect(from before: Bool?, to after: Bool?) -> Effect {
        switch (before, after) {
        case (_, nil): .removed
        case (nil, _): .added
        case (false, true): .enabled
        case (true, false): .disabled
        default: .changed
        }
    }

    var metadata: Logger.Metadata {
        ["kind": "\(kind.rawValue)", "id": "\(id)", "change": "\(effect.rawValue)"]
    }
}
