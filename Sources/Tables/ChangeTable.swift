// SPDX-License-Identifier: Apache-2.0
package import Storage

/// The table `change`, whose numbers each database gives in its own way.
package enum ChangeTable {
    /// The changes after `sequence`, in a log whose newest entry has the number `last`.
    package static func changes(
        _ database: any SQLDatabase,
        after sequence: Int64,
        last: Int64
    ) throws -> Changes {
        let position = ChangePosition(last)
        if last == sequence { return .some(position: position, []) }
        let first: Int64? = try database.value("SELECT min(sequence) FROM change")
        // A reader ahead of the log saw a database that was since replaced by an older one.
        guard let first, first - 1 <= sequence, sequence <= last else {
            return .reload(position: position)
        }
        var places: [Change: Int] = [:]
        var list: [Change] = []
        let rows = try database.run(
            "SELECT kind, id, author, time FROM change WHERE sequence > ? ORDER BY sequence",
            [sequence]
        )
        while try rows.next() {
            // An entry of a kind that this version does not know concerns nothing it holds.
            guard let kind = Change.Kind(rawValue: try rows[0]) else { continue }
            let thing = Change(kind: kind, id: try rows[1])
            var change = thing
            change.author = (try rows[2] as String?).flatMap(Author.init(text:))
            change.time = try rows[3]
            if let place = places[thing] {
                list[place] = change
            } else {
                places[thing] = list.count
                list.append(change)
            }
        }
        return .some(position: position, list)
    }
}
