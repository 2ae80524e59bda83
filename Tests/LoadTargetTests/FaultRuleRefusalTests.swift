// SPDX-License-Identifier: Apache-2.0
import Testing
import Text

@testable import LoadTarget

/// Rules that make no sense, each refused for its member.
struct FaultRuleRefusalTests {
    @Test(
        arguments: [
            (#""milliseconds":0"#, "delay", "milliseconds"),
            (#""milliseconds":600001"#, "delay", "milliseconds"),
            (#""milliseconds":-5"#, "delay", "milliseconds"),
            (#""milliseconds":1.5"#, "delay", "milliseconds"),
            (#""milliseconds":1e2"#, "delay", "milliseconds"),
            (#""milliseconds":"5""#, "delay", "milliseconds"),
            (#""milliseconds":[5]"#, "delay", "milliseconds"),
            (#""milliseconds":null"#, "delay", "milliseconds"),
            (#""milliseconds":99999999999999999999"#, "delay", "milliseconds"),
            (#""milliseconds":5,"deviation":0"#, "delay", "deviation"),
            (#""milliseconds":5,"deviation":600001"#, "delay", "deviation"),
            (#""milliseconds":5,"deviation":1,"shape":"fixed""#, "delay", "deviation"),
            (#""milliseconds":5,"shape":"normal""#, "delay", "deviation"),
            (#""milliseconds":5,"shape":"long_tail""#, "delay", "deviation"),
            (#""milliseconds":5,"deviation":1,"shape":"round""#, "delay", "shape"),
            (#""milliseconds":5,"deviation":1,"shape":7"#, "delay", "shape"),
            (#""status":199"#, "status", "status"), (#""status":600"#, "status", "status"),
            (#""status":100"#, "status", "status"), (#""status":204"#, "status", "status"),
            (#""status":205"#, "status", "status"), (#""status":304"#, "status", "status"),
            (#""status":true"#, "status", "status"),
            (#""status":503,"retry_after":-1"#, "status", "retry_after"),
            (#""status":503,"retry_after":86401"#, "status", "retry_after"),
            (#""status":200,"retry_after":5"#, "status", "retry_after"),
            (#""error":"""#, "oauth_error", "error"), (#""error":"ä""#, "oauth_error", "error"),
            (#""error":"a\"b""#, "oauth_error", "error"),
            (#""error":"a\\b""#, "oauth_error", "error"),
            (#""error":"a\nb""#, "oauth_error", "error"), (#""error":5"#, "oauth_error", "error"),
            (#""milliseconds":0"#, "slow_handshake", "milliseconds"),
            (#""milliseconds":600001"#, "slow_handshake", "milliseconds"),
            (#""milliseconds":5,"deviation":1"#, "slow_handshake", "deviation"),
            (#""bytes_per_second":0"#, "trickle", "bytes_per_second"),
            (#""bytes_per_second":100001"#, "trickle", "bytes_per_second"),
            (#""requests":0,"seconds":1"#, "rate_limit", "requests"),
            (#""requests":1000000001,"seconds":1"#, "rate_limit", "requests"),
            (#""requests":1,"seconds":0"#, "rate_limit", "seconds"),
            (#""requests":1,"seconds":86401"#, "rate_limit", "seconds"),
            (#""requests":1"#, "rate_limit", "seconds"),
            (#""seconds":1"#, "rate_limit", "requests"),
            (#""requests":1,"seconds":1,"percent":5"#, "rate_limit", "percent"),
            (#""connections":0"#, "connection_limit", "connections"),
            (#""connections":65536"#, "connection_limit", "connections"),
            (#""connections":1,"every":2"#, "connection_limit", "every"),
            (#""connections":1,"once_at":2"#, "connection_limit", "once_at"),
        ]
    )
    func `a parameter that makes no sense is refused`(
        members: String,
        fault: String,
        member: String
    ) throws {
        let found = try findings(#"{"fault":"\#(fault)",\#(members)}"#)
        #expect(found.count == 1 && found[0].hasPrefix(member + ": "), "\(found)")
    }

    @Test(
        arguments: [
            ("delay", "milliseconds"), ("status", "status"), ("oauth_error", "error"),
            ("slow_handshake", "milliseconds"), ("trickle", "bytes_per_second"),
            ("connection_limit", "connections"), ("rotate_keys", "every"),
        ]
    )
    func `a fault without what it needs is refused`(fault: String, member: String) throws {
        let found = try findings(#"{"fault":"\#(fault)"}"#)
        #expect(found.count == 1 && found[0].hasPrefix(member + ": "), "\(found)")
    }

    @Test(arguments: FaultKind.allCases)
    func `a member of another fault is refused`(kind: FaultKind) throws {
        let needed: [FaultKind: String] = [
            .delay: #","milliseconds":5"#, .status: #","status":503"#,
            .oauthError: #","error":"e""#,
            .slowHandshake: #","milliseconds":5"#, .trickle: #","bytes_per_second":5"#,
            .rotateKeys: #","every":5"#, .rateLimit: #","requests":5,"seconds":5"#,
            .connectionLimit: #","connections":5"#,
        ]
        let own = #"{"fault":"\#(kind.name)"\#(needed[kind] ?? "")"#
        #expect(try findings(own + "}") == [])
        let others = ["bytes_per_second", "milliseconds", "status", "misspelt"].filter {
            !own.contains(#""\#($0)""#)
        }
        for other in others {
            let found = try findings(own + #","\#(other)":5}"#)
            #expect(found == ["\(other): No such member belongs here."])
        }
    }

    @Test(
        arguments: [
            (#""percent":0"#, "percent"), (#""percent":100.1"#, "percent"),
            (#""percent":-1"#, "percent"), (#""percent":0.0000001"#, "percent"),
            (#""percent":1e1"#, "percent"), (#""percent":"10""#, "percent"),
            (#""percent":null"#, "percent"), (#""percent":99999999999999999999"#, "percent"),
            (#""every":0"#, "every"), (#""every":1000000001"#, "every"), (#""every":2.5"#, "every"),
            (#""once_at":0"#, "once_at"), (#""once_at":1000000001"#, "once_at"),
            (#""percent":5,"every":2"#, "every"), (#""percent":5,"once_at":2"#, "once_at"),
            (#""every":5,"once_at":2"#, "once_at"), (#""seed":1"#, "seed"),
            (#""every":2,"seed":1"#, "seed"), (#""percent":5,"seed":-1"#, "seed"),
            (#""percent":5,"seed":"a""#, "seed"), (#""percent":5,"seed":1.5"#, "seed"),
            (#""percent":5,"seed":9223372036854775808"#, "seed"),
            (#""client":"""#, "client"), (#""client":5"#, "client"), (#""client":"ä""#, "client"),
            (#""client":["a"]"#, "client"), (#""from":-1"#, "from"), (#""from":0.0001"#, "from"),
            (#""from":"tomorrow""#, "from"), (#""from":"5""#, "from"), (#""from":true"#, "from"),
            (#""from":253402300800"#, "from"), (#""until":"2026-02-29T00:00:00Z""#, "until"),
            (#""from":5,"until":5"#, "until"), (#""from":6,"until":5"#, "until"),
            (#""from":5,"until":"2026-11-30T14:00:00Z""#, "until"),
            (#""from":"2026-11-30T14:00:00Z","until":1796047200"#, "until"), (#""id":1"#, "id"),
        ]
    )
    func `a selection that makes no sense is refused`(members: String, member: String) throws {
        let found = try findings(#"{"fault":"reset",\#(members)}"#)
        #expect(found.count == 1 && found[0].hasPrefix(member + ": "), "\(found)")
    }

    @Test func `all that is wrong is said at once, in order of the names`() throws {
        let found = try findings(
            #"{"client":"","percent":0,"every":0,"once_at":"x","seed":-1,"from":-1,"until":"u","#
                + #""fault":"delay","milliseconds":0,"deviation":0,"shape":"x","more":1}"#
        )
        let members = found.map { $0.prefix { $0 != ":" } }
        #expect(
            members == [
                "client", "deviation", "every", "from", "milliseconds", "more", "once_at",
                "percent",
                "seed", "shape", "until",
            ]
        )
    }

    @Test(arguments: [#"{}"#, #"{"fault":5}"#, #"{"fault":"rain"}"#, #"{"fault":"Delay"}"#])
    func `a rule without a known fault is refused`(text: String) throws {
        let found = try findings(text)
        #expect(found.count == 1 && found[0].hasPrefix("fault: "))
    }

    @Test(arguments: ["[]", "5", "null", #""reset""#])
    func `what is no object is no rule`(text: String) throws {
        #expect(try findings(text) == ["-: A rule is an object with members."])
    }

    @Test func `the error as JSON has what was wrong and what to do`() throws {
        let value = try json(#"{"fault":"reset","x\u001b":1}"#)
        let error = try #require(throws: FaultRuleError.self) { try FaultRule(value) }
        guard case .array(let found)? = error.json["findings"] else {
            Issue.record("there are no findings")
            return
        }
        #expect(found.count == 1)
        #expect(found[0]["member"] == .string("x?"))
        #expect(found[0]["problem"] == .string("No such member belongs here."))
        #expect(found[0]["remedy"]?.text?.hasSuffix("and reset has none of its own.") == true)
        #expect(found[0]["line"] == nil && found[0]["rule"] == nil)
    }
}
