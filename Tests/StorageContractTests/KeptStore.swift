// SPDX-License-Identifier: Apache-2.0
import Storage

/// A store that keeps the place where it stands, which goes away with the last of its stores.
struct KeptStore<Store: CompleteStore>: CompleteStore {
    let store: Store
    let home: any StoreHome

    func read<Result>(_ body: (any RegistrationReader) throws -> Result) throws -> Result {
        try store.read(body)
    }

    func write<Result>(
        by author: Author,
        at time: Int64,
        _ body: (any RegistrationWriter) throws -> Result
    ) throws -> Result {
        try store.write(by: author, at: time, body)
    }

    func changes(after position: ChangePosition) throws(StoreError) -> Changes {
        try store.changes(after: position)
    }

    func waitForChange(
        after position: ChangePosition,
        milliseconds: Int
    ) throws(StoreError) -> Bool {
        try store.waitForChange(after: position, milliseconds: milliseconds)
    }

    func nudge() { store.nudge() }

    func recordRegisteredUses(_ uses: [RegisteredCertificateUse]) throws(StoreError) {
        try store.recordRegisteredUses(uses)
    }

    func recordTrustedUses(_ uses: [TrustedCertificateUse]) throws(StoreError) {
        try store.recordTrustedUses(uses)
    }

    func recordSPIFFEIDUses(_ uses: [SPIFFEIDUse]) throws(StoreError) {
        try store.recordSPIFFEIDUses(uses)
    }

    func recordUses(
        _ uses: [UsedAssertion],
        now: StoreMoment,
        sweeping byte: UInt8?
    ) throws(StoreError) -> UsesWritten {
        try store.recordUses(uses, now: now, sweeping: byte)
    }

    func forgetUses(now: StoreMoment, steadyMax: Int64) throws(StoreError) -> Int {
        try store.forgetUses(now: now, steadyMax: steadyMax)
    }

    func forEachUse(_ body: (UsedAssertion) -> Void) throws(StoreError) {
        try store.forEachUse(body)
    }

    func perform(_ writes: [GrantWrite]) throws(StoreError) -> [GrantWriteResult] {
        try store.perform(writes)
    }

    func find(_ keys: [GrantKey]) throws(StoreError) -> [GrantRecord?] {
        try store.find(keys)
    }

    func forEachRevokedToken(
        after now: Int64,
        _ body: (RevokedToken) -> Void
    ) throws(StoreError) {
        try store.forEachRevokedToken(after: now, body)
    }

    func removeEnded(before now: Int64, limit: Int) throws(StoreError) -> Int {
        try store.removeEnded(before: now, limit: limit)
    }

    func revocationPosition() throws(StoreError) -> Int64? { try store.revocationPosition() }

    func revocations(
        after position: Int64
    ) throws(StoreError) -> (position: Int64, tokens: [RevokedToken]) {
        try store.revocations(after: position)
    }
}
