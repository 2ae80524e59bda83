// SPDX-License-Identifier: Apache-2.0
package import HTTP
package import Reactor
package import TLS

/// A message to a local HTTP service.
package enum LocalServiceMessage: Sendable {
    /// A worker has the answer of a connection's request, which has this number, and had so many
    /// bytes of content.
    case answered(Token, request: Int, Int, Response)
    /// New connections speak TLS by these settings, which were tried before; nil for none.
    case secure(TLSConfiguration?)
    /// Close everything and end.
    case stop
}
