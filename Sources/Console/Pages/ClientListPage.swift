// SPDX-License-Identifier: Apache-2.0
internal import Text

/// The list of clients, which is the console's first page.
enum ClientListPage {
    static var pages: [ConsolePage] {
        [
            .get("/") { request throws(ServerFailure) in try list(request) },
            .get("/clients") { request throws(ServerFailure) in try list(request) },
        ]
    }

    private static func list(_ request: ConsoleRequest) throws(ServerFailure) -> ConsoleAnswer {
        let found = try request.api.get(ServerPath("clients"), query: [("limit", "50")])
        guard case .array(let clients)? = found.value["clients"] else { throw .unreadable }
        let rows = clients.map { client -> [HTML] in
            let identifier = client["client_id"]?.text ?? ""
            let name = client["client_name"]?.text ?? identifier
            return [
                "<a href=\"\(Address("clients", identifier))\"><bdi>\(name)</bdi></a>",
                "<code>\(identifier)</code>",
            ]
        }
        let columns = [Table.Column("Name"), Table.Column("client_id")]
        return .page(
            Page("Clients", in: .clients, Table("Clients", columns, rows).markup)
        )
    }
}
