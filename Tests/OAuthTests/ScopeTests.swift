// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import OAuth

struct ScopeTests {
    private let registered = ["read", "write", "admin:all"]

    private func selection(_ text: String, from registered: [String]? = nil) -> UInt64? {
        Scope.selection(Array(text.utf8).span, from: registered ?? self.registered)
    }

    private func text(_ selection: UInt64, of registered: [String]? = nil) -> String {
        var out: [UInt8] = []
        Scope.append(selection, of: registered ?? self.registered, to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    @Test(
        arguments: [
            ("read", 0b001), ("write", 0b010), ("admin:all", 0b100), ("read write", 0b011),
            ("admin:all read", 0b101), ("write admin:all read", 0b111), ("read read", 0b001),
        ] as [(String, UInt64)]
    )
    func `registered scopes are selected in any order`(asked: String, bits: UInt64) {
        #expect(selection(asked) == bits)
    }

    @Test(arguments: [
        "delete", "read delete", "rea", "reads", "READ", "admin", "read,write", "read\twrite",
        "read\u{0}", "*",
    ])
    func `a scope that is not registered spoils the whole request`(asked: String) {
        #expect(selection(asked) == nil)
    }

    @Test(arguments: ["", " ", " read", "read ", "read  write"])
    func `a list with an empty scope is malformed`(asked: String) {
        #expect(selection(asked) == nil)
    }

    @Test func `a client without scopes can ask for none`() {
        #expect(selection("read", from: []) == nil)
        #expect(Scope.all(of: []) == 0)
        #expect(text(0) == "")
    }

    @Test func `all scopes are the default, in their registered order`() {
        #expect(Scope.all(of: registered) == 0b111)
        #expect(text(0b111) == "read write admin:all")
        #expect(text(0b101) == "read admin:all")
        #expect(text(0b010) == "write")
    }

    @Test func `appending leaves what was there`() {
        var out = Array("scope=".utf8)
        Scope.append(0b011, of: registered, to: &out)
        #expect(String(decoding: out, as: UTF8.self) == "scope=read write")
    }

    @Test func `64 scopes have a bit each, and a 65th is never granted`() throws {
        let many = (0..<65).map { "scope-\($0)" }
        #expect(selection("scope-63", from: many) == 1 << 63)
        #expect(selection("scope-64", from: many) == nil)
        #expect(Scope.all(of: many) == .max)
        #expect(Scope.all(of: Array(many.prefix(64))) == .max)
        #expect(Scope.all(of: Array(many.prefix(63))) == .max >> 1)
        #expect(text(.max, of: many) == many.prefix(64).joined(separator: " "))
    }

    @Test func `what is written selects the same again`() {
        for bits in 1...7 as ClosedRange<UInt64> { #expect(selection(text(bits)) == bits) }
    }
}
