// SPDX-License-Identifier: Apache-2.0
import Testing
import Text

@testable import LoadTarget

/// Rules that are taken, each with the same rule as it is written back.
struct FaultRuleTests {
    @Test(
        arguments: [
            (#"{"fault":"delay","milliseconds":200}"#, Fault.delay(Delay(milliseconds: 200))),
            (
                #"{"fault":"delay","milliseconds":600000,"shape":"fixed"}"#,
                .delay(Delay(milliseconds: 600_000))
            ),
            (
                #"{"fault":"delay","milliseconds":200,"deviation":50}"#,
                .delay(Delay(milliseconds: 200, deviation: 50, shape: .normal))
            ),
            (
                #"{"fault":"delay","milliseconds":1,"deviation":600000,"shape":"long_tail"}"#,
                .delay(Delay(milliseconds: 1, deviation: 600_000, shape: .longTail))
            ),
            (#"{"fault":"status","status":503}"#, .status(503, retryAfter: nil)),
            (#"{"fault":"status","status":200}"#, .status(200, retryAfter: nil)),
            (#"{"fault":"status","status":300,"retry_after":0}"#, .status(300, retryAfter: 0)),
            (
                #"{"fault":"status","status":599,"retry_after":86400}"#,
                .status(599, retryAfter: 86_400)
            ),
            (#"{"fault":"oauth_error","error":"invalid_client"}"#, .oauthError("invalid_client")),
            (#"{"fault":"oauth_error","error":"~ !"}"#, .oauthError("~ !")),
            (#"{"fault":"malformed"}"#, .malformed), (#"{"fault":"truncate"}"#, .truncate),
            (#"{"fault":"reset"}"#, .reset), (#"{"fault":"silence"}"#, .silence),
            (#"{"fault":"tls_alert"}"#, .tlsAlert),
            (
                #"{"fault":"slow_handshake","milliseconds":1}"#,
                .slowHandshake(milliseconds: 1)
            ),
            (#"{"fault":"trickle","bytes_per_second":1}"#, .trickle(bytesPerSecond: 1)),
            (#"{"fault":"trickle","bytes_per_second":100000}"#, .trickle(bytesPerSecond: 100_000)),
            (#"{"fault":"expired_token"}"#, .expiredToken), (#"{"fault":"wrong_cnf"}"#, .wrongCnf),
            (#"{"fault":"wrong_signature"}"#, .wrongSignature),
            (#"{"fault":"wrong_kid"}"#, .wrongKid),
            (#"{"fault":"rotate_keys","every":1}"#, .rotateKeys),
            (
                #"{"fault":"rate_limit","requests":1000000000,"seconds":86400}"#,
                .rateLimit(requests: 1_000_000_000, seconds: 86_400)
            ),
            (
                #"{"fault":"connection_limit","connections":65535}"#,
                .connectionLimit(connections: 65_535)
            ),
        ] as [(String, Fault)]
    )
    func `a fault is taken with its members`(text: String, fault: Fault) throws {
        let read = try rule(text)
        #expect(read.fault == fault)
        #expect(try FaultRule(read.json) == read)
    }

    @Test func `each fault is in the table above`() {
        // Beside the count, which arrays of counters go by.
        #expect(FaultKind.allCases.count == FaultKind.count)
        #expect(FaultKind.allCases.map(\.index) == Array(0..<FaultKind.count))
        #expect(LoadCounter.allCases.map(\.rawValue) == Array(0..<LoadCounter.count))
        for kind in FaultKind.allCases { #expect(FaultKind(name: kind.name) == kind) }
    }

    @Test(
        arguments: [
            (#""percent":10"#, CallSelection.percent(millionths: 10_000_000)),
            (#""percent":0.000001"#, .percent(millionths: 1)),
            (#""percent":100.0,"seed":9223372036854775807"#, .percent(millionths: 100_000_000)),
            (#""percent":33.3333330"#, .percent(millionths: 33_333_333)),
            (#""every":1"#, .every(1)), (#""every":1000000000"#, .every(1_000_000_000)),
            (#""once_at":1"#, .once(at: 1)), (#""client":"load-*""#, .all),
        ] as [(String, CallSelection)]
    )
    func `a selection is taken`(members: String, selection: CallSelection) throws {
        let read = try rule(#"{"fault":"reset",\#(members)}"#)
        #expect(read.selection == selection)
        #expect(try FaultRule(read.json) == read)
    }

    @Test func `what is left out has its default`() throws {
        let read = try rule(#"{"fault":"reset"}"#)
        #expect(read.client == .everyClient && read.selection == .all && read.seed == 0)
        #expect(read.window == .always)
        #expect(read.json == .object(["fault": .string("reset")]))
    }

    @Test(
        arguments: [
            (
                #""from":0,"until":0.001"#, FaultWindow.Limit.sinceStart(0),
                FaultWindow.Limit.sinceStart(1)
            ),
            (#""from":12.5"#, .sinceStart(12_500), nil),
            (#""until":999999999.999"#, nil, .sinceStart(999_999_999_999)),
            (#""from":1000000000"#, .time(1_000_000_000_000), nil),
            (
                #""from":1796047200,"until":"2026-11-30T14:00:00.5Z""#,
                .time(1_796_047_200_000), .time(1_796_047_200_500)
            ),
            (#""until":"2026-11-30T15:00:00+01:00""#, nil, .time(1_796_047_200_000)),
        ] as [(String, FaultWindow.Limit?, FaultWindow.Limit?)]
    )
    func `a window is taken`(
        members: String,
        from: FaultWindow.Limit?,
        until: FaultWindow.Limit?
    ) throws {
        let read = try rule(#"{"fault":"reset",\#(members)}"#)
        #expect(read.window == FaultWindow(from: from, until: until))
        #expect(try FaultRule(read.json) == read)
    }

    @Test func `a rule counts from its first millisecond up to its end`() throws {
        let since = try rule(#"{"fault":"reset","from":1,"until":2}"#).window
        let found = [0, 999, 1000, 1999, 2000].map { since.contains(.after($0)) }
        #expect(found == [false, false, true, true, false])
        let times = try rule(
            #"{"fault":"reset","from":"2026-11-30T14:00:01Z","until":1796047202}"#
        ).window
        #expect([0, 999, 1000, 1999, 2000].map { times.contains(.after($0)) } == found)
        // Times go by the clock that may be turned, and numbers since the start do not.
        let turned = FaultMoment(sinceStart: 1500, time: 0)
        #expect(since.contains(turned) && !times.contains(turned))
        #expect(FaultWindow.always.contains(turned))
    }

    @Test func `two texts of one rule are one rule to chance`() throws {
        let short = try rule(#"{"percent":10,"fault":"delay","milliseconds":5,"deviation":1}"#)
        let long = try rule(
            #"{"fault":"delay","deviation":1,"shape":"normal","milliseconds":5,"seed":0,"#
                + #""client":"*","percent":10.00}"#
        )
        #expect(short.key == long.key)
        let other = try rule(
            #"{"percent":10,"fault":"delay","milliseconds":5,"deviation":1,"seed":1}"#
        )
        #expect(short.key != other.key)
    }

    @Test func `errors have the statuses of the target's own answers`() {
        let errors = [
            "invalid_client": 401, "slow_down": 429, "server_error": 500,
            "temporarily_unavailable": 503, "invalid_grant": 400, "something_else": 400,
        ]
        for (error, status) in errors { #expect(Fault.status(ofOAuthError: error) == status) }
    }
}
