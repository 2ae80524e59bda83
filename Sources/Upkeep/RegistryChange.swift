// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import OAuth
internal import Storage

/// What was read anew from the store, for the log: commands leave no line there by themselves.
struct RegistryChange: Equatable {
    /// What became of it.
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

    /// What a thing of the store became, where it may be switched off.
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
