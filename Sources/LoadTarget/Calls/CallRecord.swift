// SPDX-License-Identifier: Apache-2.0
package import Cryptography
internal import Text

/// One call as it is listed: who called, over which connection, and what came of it.
package struct CallRecord: Sendable, Equatable {
    /// The connection of a call.
    package enum Connection: String, Sendable {
        /// The first request after a full handshake.
        case full
        /// The first request after a resumed session.
        case resumed
        /// A later request of a connection.
        case kept
    }

    /// The answer that the client was sent.
    package enum Answer: Sendable, Equatable {
        /// A token.
        case token
        /// An answer of this status that is neither a token nor an error of OAuth.
        case status(Int)
        /// A status with an error of OAuth.
        case refusal(Int, error: String)
        /// Nothing.
        case none
    }

    /// Longer ids are cut off here: no registered client has one, and strangers choose theirs.
    package static let clientBytesMax = ClientPattern.bytesMax

    /// Milliseconds since 1970, by the target's clock.
    package let time: Int64
    /// The client as it was named; empty where none was.
    package let client: String
    /// The certificate of the connection.
    package let thumbprint: Digest256?
    package let connection: Connection
    package let answer: Answer
    /// The fault that was made; nil where there was none.
    package let fault: FaultKind?

    /// A call from its parts.
    package init(
        time: Int64,
        client: String,
        thumbprint: Digest256?,
        connection: Connection,
        answer: Answer,
        fault: FaultKind?
    ) {
        self.time = time
        let isLong = client.utf8.count > Self.clientBytesMax
        self.client =
            isLong
            ? String(decoding: client.utf8.prefix(Self.clientBytesMax), as: UTF8.self) : client
        self.thumbprint = thumbprint
        self.connection = connection
        self.answer = answer
        self.fault = fault
    }

    /// Appends an object of which each member is there, with null for what is not known.
    func append(to out: inout [UInt8]) {
        out += #"{"time":"#.utf8
        Self.append(seconds: time, to: &out)
        out += #","client":"#.utf8
        Self.append(name: client, to: &out)
        out += #","thumbprint":"#.utf8
        if let thumbprint {
            out.append(UInt8(ascii: "\""))
            thumbprint.appendBase64URL(to: &out)
            out.append(UInt8(ascii: "\""))
        } else {
            out += "null".utf8
        }
        out += #","connection":"\#(connection.rawValue)","status":"#.utf8
        let (status, outcome) = shown
        out += (status.map { String($0) } ?? "null").utf8
        out += #","outcome":"#.utf8
        JSONText.appendString(outcome, to: &out)
        out += #","fault":"#.utf8
        out += (fault.map { "\"\($0.name)\"" } ?? "null").utf8
        out += "}".utf8
    }

    /// Appends a name that a stranger may have chosen: operators read it on terminals, so that
    /// control and format characters are escaped, as JSON allows for any (RFC 8259 §7).
    private static func append(name: String, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        for scalar in name.unicodeScalars {
            guard (0x20..<0x7F).contains(scalar.value) else {
                JSONText.appendEscape(scalar.value, to: &out)
                continue
            }
            if scalar == "\"" || scalar == "\\" { out.append(UInt8(ascii: "\\")) }
            out.append(UInt8(scalar.value))
        }
        out.append(UInt8(ascii: "\""))
    }

    /// The status, and a word for the answer.
    private var shown: (status: Int?, outcome: String) {
        switch answer {
        case .token: (200, "token")
        case .status(let status): (status, "answer")
        case .refusal(let status, let error): (status, error)
        case .none: (nil, "none")
        }
    }

    /// Appends milliseconds as seconds with three decimals.
    static func append(seconds milliseconds: Int64, to out: inout [UInt8]) {
        // A clock that was turned back behind 1970 shows its beginning.
        let shown = max(milliseconds, 0)
        JSONText.appendNumber(shown / 1000, to: &out)
        let thousandths = String(shown % 1000)
        out.append(UInt8(ascii: "."))
        out += repeatElement(UInt8(ascii: "0"), count: 3 - thousandths.utf8.count)
        out += thousandths.utf8
    }
}
