internal import HTTP
internal import Logging
internal import Reactor

/// Speaks with administrators: HTTP/1.1 without TLS, one connection after the other.
///
/// The thread `admin`'s own.
final class AdministrationService {
    private let listener: SerialListener
    private let credential: AdministrationCredential
    private let desk: AdministrationDesk
    private let log: Logger
    private let date = DateField()
    private var parser: RequestParser

    /// Nobody may keep the others waiting for longer.
    private static let connectionMilliseconds: UInt64 = 5_000
    /// One who connects and says nothing gives way to another after this time.
    private static let silenceMilliseconds: UInt64 = 500
    /// For the rest of a request that was refused before its end.
    private static let discardMilliseconds: UInt64 = 1_000
    private static let requestsMax = 64
    /// Requests are short here, and no content is looked at.
    private static let limits = HTTPLimits(
        headerBytesMax: 8192,
        targetBytesMax: 2048,
        bodyBytesMax: 4096
    )

    init(
        _ listener: SerialListener,
        _ credential: AdministrationCredential,
        _ desk: AdministrationDesk
    ) {
        self.listener = listener
        self.credential = credential
        self.desk = desk
        log = desk.log
        parser = RequestParser(limits: Self.limits)
    }

    /// Serves until the listener's bell rings.
    func run() {
        while let peer = listener.next() {
            let wasReadWhole = serve(peer)
            let end = Clock.milliseconds + Self.discardMilliseconds
            listener.close(discardingUntil: wasReadWhole ? 0 : end)
        }
    }

    /// Answers the requests of one connection; false where the peer may still be sending one.
    private func serve(_ peer: PeerAddress) -> Bool {
        let deadline = Clock.milliseconds + Self.connectionMilliseconds
        var bytes: [UInt8] = []
        for number in 1...Self.requestsMax {
            do throws(HTTPError) {
                guard let count = try readRequest(&bytes, deadline, isFirst: number == 1) else {
                    return true
                }
                var answer = answer(parser.request, bytes.span.extracting(first: count), peer)
                bytes.removeFirst(count)
                let goesOn =
                    answer.head.status != 401 && parser.request.keepsAlive
                    && number < Self.requestsMax && !listener.othersWait()
                answer.head.keepsAlive = goesOn
                answer.head.announcesKeepAlive = parser.request.mustAnnounceKeepAlive
                answer.head.isHead = parser.request.isHead
                guard send(answer, deadline), goesOn else { return true }
            } catch {
                log.info(
                    "request refused",
                    metadata: [
                        "status": "\(error.status)", "reason": "\(error.reason)", "peer": "\(peer)",
                        "listener": "administration",
                    ]
                )
                var answer = AdministrationAnswer(error.status)
                answer.head.keepsAlive = false
                _ = send(answer, deadline)
                return false
            }
        }
        return true
    }

    /// Reads one request: how many bytes of `bytes` it is, nil where none comes.
    private func readRequest(
        _ bytes: inout [UInt8],
        _ deadline: UInt64,
        isFirst: Bool
    ) throws(HTTPError) -> Int? {
        parser.reset()
        if bytes.isEmpty {
            // Between requests a peer loses nothing by giving way, before its first one little.
            let patience = isFirst ? Self.silenceMilliseconds : 0
            let soon = min(deadline, Clock.milliseconds + patience)
            if case .received = listener.receive(into: &bytes, until: soon, yields: false) {
            } else if case .received = listener.receive(
                into: &bytes,
                until: deadline,
                yields: true
            ) {
            } else {
                return nil
            }
        }
        while true {
            switch try parser.advance(bytes.span) {
            case .complete(let consumed): return consumed
            case .needsBody(expectsContinue: true):
                var interim: [UInt8] = []
                ResponseWriter.appendContinue(to: &interim)
                guard listener.send(interim, until: deadline) else { return nil }
            case .needsBody, .needsMoreHeader: break
            }
            guard case .received = listener.receive(into: &bytes, until: deadline, yields: false)
            else { return nil }
        }
    }

    /// Without the credential every path looks the same.
    private func answer(
        _ request: Request,
        _ bytes: Span<UInt8>,
        _ peer: PeerAddress
    ) -> AdministrationAnswer {
        guard isAdmitted(request, bytes) else {
            // Neither path nor fields: the token may stand in either.
            log.notice(
                "administration refused",
                metadata: ["check": "administration-credential", "peer": "\(peer)"]
            )
            var answer = AdministrationAnswer(401)
            answer.head.bearerChallenge = "handfast administration"
            return answer
        }
        return desk.answer(AdministrationRoute(request, bytes))
    }

    private func isAdmitted(_ request: Request, _ bytes: Span<UInt8>) -> Bool {
        do {
            return AdministrationCredential.admits(try credential.read(), request, bytes)
        } catch {
            log.error("the administrators' token cannot be used", metadata: ["reason": "\(error)"])
            return false
        }
    }

    private func send(_ answer: AdministrationAnswer, _ deadline: UInt64) -> Bool {
        var out: [UInt8] = []
        ResponseWriter.append(
            answer.head,
            answer.content,
            date: date.value(Clock.epochSeconds),
            to: &out
        )
        return listener.send(out, until: deadline)
    }
}
