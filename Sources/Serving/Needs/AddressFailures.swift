// SPDX-License-Identifier: Apache-2.0
package import Network
package import OAuth
internal import Reactor

/// Buckets of the addresses whose requests fail client authentication, for all reactors.
///
/// Only a request that has failed asks here, so that a client which authenticates is served from
/// any address. A lock is enough: each caller has just paid for a failed authentication.
package final class AddressFailures: Sendable {
    /// Addresses that are kept, 5 MB; a new one takes the place of the one that failed longest ago.
    ///
    /// A peer with as many addresses gets full buckets again by that; nobody is refused for it.
    package static let addressesMax = 65_536

    fileprivate struct Bucket {
        let key: UInt128
        /// When it is full again, in nanoseconds of the monotonic clock.
        var fullAt: UInt64 = 0
        /// The places of the next older and the next newer one; itself at the ends.
        var older: Int
        var newer: Int
    }

    /// The buckets in the order of their last failure, as a list that is linked by places.
    fileprivate struct Buckets {
        var places: [UInt128: Int] = [:]
        var all: [Bucket] = []
        var oldest = 0
        var newest = 0
    }

    private let buckets = Lock(Buckets())
    private let addressesMax: Int

    package init(addressesMax: Int = addressesMax) {
        self.addressesMax = max(1, addressesMax)
    }

    /// Charges a failed request to its address: nil, or the seconds until the next one is due.
    ///
    /// `now` is in nanoseconds of the monotonic clock.
    package func charge(_ address: InternetAddress, _ rate: RequestRate, now: UInt64) -> Int? {
        let key = Self.key(address)
        return buckets.withLock { buckets in
            let place = buckets.place(of: key, max: addressesMax)
            switch rate.spend(fullAt: buckets.all[place].fullAt, now: now) {
            case .allowed(let fullAt):
                buckets.all[place].fullAt = fullAt
                return nil
            case .refused(let wait, let fullAt):
                buckets.all[place].fullAt = fullAt
                return RequestRate.retrySeconds(wait)
            }
        }
    }

    /// The number of addresses in the table; for tests.
    package var count: Int { buckets.withLock { $0.all.count } }

    /// The IPv4 address, or the first 64 bits of an IPv6 address, as many as every host may choose
    /// the rest of (RFC 4291 §2.5.1).
    static func key(_ address: InternetAddress) -> UInt128 {
        switch address.unmapped {
        case .version4: address.number
        // The bits that an IPv4 address has are 0 here.
        case .version6(let number): (number >> 64) << 64
        }
    }
}

extension AddressFailures.Buckets {
    /// The place of the bucket with this key, which is the newest from now on; a full one if it is
    /// new.
    fileprivate mutating func place(of key: UInt128, max count: Int) -> Int {
        if let place = places[key] {
            makeNewest(place)
            return place
        }
        guard all.count >= count else {
            let place = all.count
            all.append(AddressFailures.Bucket(key: key, older: place, newer: place))
            if place > 0 {
                all[place].older = newest
                all[newest].newer = place
            }
            (places[key], newest) = (place, place)
            return place
        }
        let place = oldest
        makeNewest(place)
        places[all[place].key] = nil
        let (older, newer) = (all[place].older, all[place].newer)
        all[place] = AddressFailures.Bucket(key: key, older: older, newer: newer)
        places[key] = place
        return place
    }

    private mutating func makeNewest(_ place: Int) {
        guard place != newest else { return }
        let (older, newer) = (all[place].older, all[place].newer)
        if place == oldest {
            oldest = newer
            all[newer].older = newer
        } else {
            all[older].newer = newer
            all[newer].older = older
        }
        all[place].older = newest
        all[place].newer = place
        all[newest].newer = place
        newest = place
    }
}

/// The counts of failures that all reactors share.
package struct FailureThrottles: Sendable {
    /// Wrong passwords, by user and client.
    package let passwords = PasswordFailures()
    /// Failed client authentication, by address.
    package let addresses = AddressFailures()

    /// Nothing has failed yet.
    package init() {}
}
