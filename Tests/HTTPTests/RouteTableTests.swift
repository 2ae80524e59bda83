// SPDX-License-Identifier: Apache-2.0
import HTTP
import Testing

/// Routes of the administration's form, with names as actions.
struct RouteTableTests {
    private let table: RouteTable<String>

    init() {
        var table = RouteTable<String>()
        table.add(.get, "/metrics", "metrics")
        table.add(.get, "/clients", "clients")
        table.add(.post, "/clients", "add")
        table.add(.get, "/clients/{client_id}", "client")
        table.add(.post, "/clients/{client_id}/disable", "disable")
        table.add(.get, "/trust-sets/{name}/lists/{number}", "list")
        self.table = table
    }

    /// The action and its parameters, the methods of a 405, or nothing.
    private func match(_ method: HTTPMethod, _ path: String) -> String {
        switch table.match(method, path: Array(path.utf8)) {
        case .action(let name, let parameters): ([name] + parameters).joined(separator: " ")
        case .otherMethods(let methods): "405 " + methods.map(\.name).joined(separator: ",")
        case .nothing: "404"
        }
    }

    @Test(arguments: [HTTPMethod.get, .head])
    func `a route of GET is one of HEAD too`(_ method: HTTPMethod) {
        #expect(match(method, "/metrics") == "metrics")
        #expect(match(method, "/clients") == "clients")
        #expect(match(method, "/clients/abc") == "client abc")
        #expect(match(method, "/trust-sets/a/lists/7") == "list a 7")
    }

    @Test(arguments: [HTTPMethod.post, .put, .delete, .patch, .options, .trace, .connect, .other])
    func `other methods get the methods that there are`(_ method: HTTPMethod) {
        for path in ["/metrics", "/clients/abc"] { #expect(match(method, path) == "405 GET,HEAD") }
        #expect(match(method, "/clients") == (method == .post ? "add" : "405 GET,HEAD,POST"))
    }

    @Test func `a route of POST takes POST and nothing else`() {
        #expect(match(.post, "/clients/abc/disable") == "disable abc")
        for method in [HTTPMethod.get, .head, .put, .delete, .patch, .options, .other] {
            #expect(match(method, "/clients/abc/disable") == "405 POST")
        }
    }

    static let parameters: [(sent: String, meant: String)] = [
        ("a%2Fb", "a/b"), ("a%2fdisable", "a/disable"), ("%41", "A"), ("a%20b", "a b"),
        ("a+b", "a+b"), ("a%2Bb", "a+b"), ("a@b:c;d", "a@b:c;d"), ("%3F", "?"), ("%25", "%"),
        ("%C3%BC", "ü"), ("disable", "disable"), ("..", ".."), ("~._-", "~._-"),
        ("%7Bclient_id%7D", "{client_id}"),
    ]

    @Test(arguments: parameters)
    func `a parameter is decoded, and a slash in it parts nothing`(
        _ parameter: (sent: String, meant: String)
    ) {
        #expect(match(.get, "/clients/\(parameter.sent)") == "client \(parameter.meant)")
        #expect(match(.post, "/clients/\(parameter.sent)/disable") == "disable \(parameter.meant)")
    }

    @Test(arguments: [
        "", "/", "//", "metrics", "/metrics/", "//metrics", "/Metrics", "/metric", "/%6Detrics",
        "/clients/", "/clients//", "/clients//disable", "/clients/a/", "/clients/a/remove",
        "/clients/a/disable/", "/clients/a/disable/b", "/clients/a/Disable", "/clients/%",
        "/clients/%4", "/clients/%zz", "/clients/a b", "/clients/%FF", "/clients/%C3",
        "/clients/ü", "/clients/a\"", "/oauth2/token", "/x/clients/a", "/trust-sets//lists/1",
        "/trust-sets/a/list/1", "/clients/{client_id}",
    ])
    func `every other path is nothing, whatever the method`(_ path: String) {
        for method in [HTTPMethod.get, .post, .put] { #expect(match(method, path) == "404") }
    }

    @Test func `the route that was added first goes before others of the same path`() {
        var table = RouteTable<Int>()
        table.add(.get, "/a/b", 1)
        table.add(.get, "/a/{name}", 2)
        table.add(.get, "/a/b", 3)
        func number(_ path: String) -> Int? {
            if case .action(let number, _) = table.match(.get, path: Array(path.utf8)) {
                number
            } else {
                nil
            }
        }
        #expect(number("/a/b") == 1)
        #expect(number("/a/c") == 2)
        #expect(number("/a") == nil)
    }
}
