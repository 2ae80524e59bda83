// SPDX-License-Identifier: Apache-2.0
internal import Cryptography
internal import Reactor

/// The memory of the person in front of the console, bounded.
package final class ConsoleSession: Sendable {
    /// The field of each form that carries the session's token.
    package static let tokenField = "form_token"
    /// The field of a form that may be carried out once.
    package static let keyField = "form_key"

    /// Remarks that wait for the next page: more than one change can leave.
    private static let noticesMax = 8
    /// Secrets that were made and not yet looked at: each waits for one page.
    private static let keptMax = 16
    /// Certificates that were entered to be verified.
    private static let enteredMax = 64
    /// Forms that were carried out: a reload comes soon after, or not at all.
    private static let formsMax = 256

    private struct State {
        var lastUse: UInt64
        var notices: [Notice] = []
        var kept: [(key: String, value: KeptSecret)] = []
        var forms: [UsedForm] = []
        var entered: [Digest256] = []
    }

    /// A form that is or was carried out.
    private struct UsedForm {
        let key: String
        /// Where it has led; nil while that is not known.
        var result: Address?
        /// The page that shows what it has made, and the key of that, while it is kept.
        var secret: (key: String, page: Address)?
    }

    /// The token that each form carries, so that no page elsewhere can send one.
    package let formToken: String
    private let state: Lock<State>

    init(formToken: String, now: UInt64) {
        self.formToken = formToken
        state = Lock(State(lastUse: now))
    }

    /// Whether a form carries the session's token.
    func admits(_ presented: String) -> Bool {
        SecretComparison.equal(presented.utf8Span.span, formToken.utf8Span.span)
    }

    // MARK: use

    /// Notes that the person is there, in monotonic milliseconds.
    func use(now: UInt64) { state.withLock { $0.lastUse = now } }

    /// The moment of the last use.
    var lastUse: UInt64 { state.withLock { $0.lastUse } }

    // MARK: notices

    /// Leaves a remark for the next page.
    package func note(_ notice: Notice) {
        state.withLock { state in
            state.notices.append(notice)
            if state.notices.count > Self.noticesMax { state.notices.removeFirst() }
        }
    }

    /// Takes the remarks for a page.
    func takeNotices() -> [Notice] {
        state.withLock { state in
            defer { state.notices = [] }
            return state.notices
        }
    }

    // MARK: certificates that were entered here

    /// Notes that this administrator has entered a certificate, and has not followed a link to it.
    func noteEntered(_ thumbprint: Digest256) {
        state.withLock { state in
            state.entered.append(thumbprint)
            if state.entered.count > Self.enteredMax { state.entered.removeFirst() }
        }
    }

    /// Whether the certificate was entered here.
    func hasEntered(_ thumbprint: Digest256) -> Bool {
        state.withLock { $0.entered.contains(thumbprint) }
    }

    // MARK: secrets

    /// Keeps a secret for the one page that shows it; returns the key of its address.
    package func keep(_ value: KeptSecret) -> String {
        let key = Self.fresh()
        state.withLock { state in
            state.kept.append((key, value))
            if state.kept.count > Self.keptMax { state.kept.removeFirst() }
        }
        return key
    }

    /// A secret that waits for its page, and goes on to.
    package func kept(_ key: String) -> KeptSecret? {
        state.withLock { state in state.kept.first { $0.key == key }?.value }
    }

    /// Takes a secret out, to show it once.
    package func take(_ key: String) -> KeptSecret? {
        state.withLock { state in
            guard let index = state.kept.firstIndex(where: { $0.key == key }) else { return nil }
            return state.kept.remove(at: index).value
        }
    }

    // MARK: forms that are carried out once

    /// A key for a form that makes something: sent twice, the form is carried out once.
    package func formKey() -> String { Self.fresh() }

    /// Whether a form is to be carried out, or was already.
    package enum FormUse: Sendable, Equatable {
        case first
        /// Where the first time has led; nil while that is not known.
        case repeated(Address?)
    }

    /// Notes that the form with this key is carried out.
    ///
    /// Without a key there is nothing to tell the first time from another by.
    package func begin(form key: String) -> FormUse {
        guard !key.isEmpty else { return .first }
        return state.withLock { state in
            if let done = state.forms.first(where: { $0.key == key }) {
                if let secret = done.secret, state.kept.contains(where: { $0.key == secret.key }) {
                    return .repeated(secret.page)
                }
                return .repeated(done.result)
            }
            state.forms.append(UsedForm(key: key))
            if state.forms.count > Self.formsMax { state.forms.removeFirst() }
            return .first
        }
    }

    /// Notes where the form with this key has led: at first to the page of the kept secret that it
    /// has made, if any.
    package func conclude(
        form key: String,
        at result: Address,
        secret: (key: String, page: Address)? = nil
    ) {
        state.withLock { state in
            guard let index = state.forms.firstIndex(where: { $0.key == key }) else { return }
            state.forms[index].result = result
            state.forms[index].secret = secret
        }
    }

    /// Forgets the form with this key: nothing was changed, and it may be sent again.
    package func forget(form key: String) {
        state.withLock { state in state.forms.removeAll { $0.key == key } }
    }

    /// Tells apart, and guards nothing: the session does.
    private static func fresh() -> String {
        (try? RandomBytes.base64URL(16)) ?? "none"
    }
}

/// A secret that was made, for the one page that shows it.
package struct KeptSecret: Sendable, Equatable {
    /// The client that it belongs to.
    package let client: String
    package let secret: String?

    /// A client with the secret that was made for it; nil for one that has none.
    package init(client: String, secret: String?) {
        (self.client, self.secret) = (client, secret)
    }
}
