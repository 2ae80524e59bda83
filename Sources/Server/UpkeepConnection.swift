// SPDX-License-Identifier: Apache-2.0
internal import Serving
internal import Upkeep

extension ServerConfiguration {
    /// The sections that Upkeep goes by.
    var upkeep: UpkeepSettings {
        UpkeepSettings(fetching: fetching, expiry: expiry, tokenKeys: tokenKeys)
    }
}

// Neither in Serving nor in Upkeep, which do not know each other.
extension ReactorMessage {
    /// The message of an update, for a reactor.
    init(_ update: UpkeepUpdate) {
        self =
            switch update {
            case .registry(let registry): .registry(registry)
            case .keys(let keys, let jwks): .keys(keys, jwks: PublicDocument(jwks))
            case .jwks(let jwks): .jwks(PublicDocument(jwks))
            }
    }
}
