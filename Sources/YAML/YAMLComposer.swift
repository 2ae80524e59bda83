// SPDX-License-Identifier: Apache-2.0
internal import Text

/// Builds the document from what libyaml tells of it.
struct YAMLComposer: ~Copyable {
    private var events: YAMLEvents
    private var anchors: [String: Anchored] = [:]
    private var nodes = 0
    /// The nodes that anchors keep, of all entries together.
    private var keptNodes = 0

    /// A section of a section of a section is the deepest that is configured; recursion must stay
    /// far from the stack's end.
    static let depthMax = 16
    /// Aliases count with all that they stand for: a few lines of them could stand for more than
    /// any memory holds.
    static let nodesMax = 10_000

    /// A node with an anchor, for its aliases.
    private struct Anchored {
        let content: YAMLNode.Content
        let isPlain: Bool
        let nodes: Int
        let depth: Int
    }

    init(_ text: Span<UInt8>) throws(YAMLError) {
        events = try YAMLEvents(text)
    }

    /// The one document; nil where the text has none.
    mutating func document() throws(YAMLError) -> YAMLNode? {
        var root: YAMLNode?
        while true {
            let event = try events.next()
            switch event.kind {
            case .streamStart, .documentEnd: break
            case .streamEnd: return root
            case .documentStart:
                guard root == nil else {
                    throw YAMLError(event.position, "a second document begins; one is taken")
                }
            default: root = try node(event, depth: 1).node
            }
        }
    }

    private mutating func node(
        _ event: YAMLEvent,
        depth: Int
    ) throws(YAMLError) -> (node: YAMLNode, depth: Int) {
        let before = nodes
        try count(1, depth, event.position)
        try check(event.tag, event.position)
        let content: YAMLNode.Content
        var (inner, isPlain) = (0, false)
        switch event.kind {
        case .scalar(let text, let plain):
            content = .scalar(text)
            isPlain = plain && event.tag != "tag:yaml.org,2002:str"
        case .listStart: (content, inner) = try list(depth)
        case .mapStart: (content, inner) = try map(depth)
        case .alias(let name):
            guard let anchored = anchors[name] else {
                throw YAMLError(event.position, "no anchor \(name) stands before its alias")
            }
            try count(anchored.nodes - 1, depth + anchored.depth - 1, event.position)
            let node = YAMLNode(
                content: anchored.content,
                position: event.position,
                isPlain: anchored.isPlain
            )
            return (node, anchored.depth)
        default: throw YAMLError(event.position, "a value belongs here")
        }
        if let anchor = event.anchor {
            try keep(nodes - before, event.position)
            anchors[anchor] = Anchored(
                content: content,
                isPlain: isPlain,
                nodes: nodes - before,
                depth: inner + 1
            )
        }
        return (YAMLNode(content: content, position: event.position, isPlain: isPlain), inner + 1)
    }

    /// Notes so many more nodes, of which the deepest lies at `depth`.
    private mutating func count(
        _ more: Int,
        _ depth: Int,
        _ position: TextPosition
    ) throws(YAMLError) {
        guard depth <= Self.depthMax else {
            throw YAMLError(position, "more than \(Self.depthMax) values lie in one another")
        }
        nodes += more
        guard nodes <= Self.nodesMax else {
            throw YAMLError(position, "more than \(Self.nodesMax) values, aliases' ones included")
        }
    }

    /// Notes so many nodes that stay for aliases.
    private mutating func keep(_ more: Int, _ position: TextPosition) throws(YAMLError) {
        keptNodes += more
        guard keptNodes <= Self.nodesMax else {
            throw YAMLError(position, "more than \(Self.nodesMax) values with anchors")
        }
    }

    /// Hands each list of the one document to `list`, and each of its entries to `body`; none where
    /// the text has none.
    mutating func entries(
        _ list: (YAMLMember) throws -> Void,
        _ body: (YAMLMember, YAMLNode) throws -> Void
    ) throws {
        var isRead = false
        var names: Set<String> = []
        while true {
            let event = try events.next()
            switch event.kind {
            case .streamStart, .documentStart, .documentEnd: continue
            case .streamEnd: return
            case .scalar("", isPlain: true) where !isRead: continue
            case .mapStart where !isRead: isRead = true
            default:
                let reason = isRead ? "a second document begins; one is taken" : Self.noLists
                throw YAMLError(event.position, reason)
            }
            while let member = try nextMember(&names) {
                try list(member.key)
                try entries(of: member, body)
            }
        }
    }

    private static let noLists = "a map of lists belongs here"

    /// The next key of the outermost map with the beginning of its value; nil behind the last one.
    private mutating func nextMember(
        _ names: inout Set<String>
    ) throws(YAMLError) -> (key: YAMLMember, value: YAMLEvent)? {
        let key = try events.next()
        if case .mapEnd = key.kind { return nil }
        guard case .scalar(let name, _) = key.kind else {
            throw YAMLError(key.position, "a key must be a text")
        }
        guard names.insert(name).inserted else {
            throw YAMLError(
                key.position,
                "the key \(name) stands twice in one map",
                repeatedKey: name
            )
        }
        let value = try events.next()
        let empty = YAMLNode(content: .list([]), position: value.position)
        return (YAMLMember(name: name, position: key.position, value: empty), value)
    }

    private mutating func entries(
        of member: (key: YAMLMember, value: YAMLEvent),
        _ body: (YAMLMember, YAMLNode) throws -> Void
    ) throws {
        switch member.value.kind {
        // A list that was left empty.
        case .scalar(let text, isPlain: true) where ["", "~", "null"].contains(text): return
        case .listStart: break
        default: throw YAMLError(member.value.position, "a list belongs here")
        }
        while true {
            let event = try events.next()
            if case .listEnd = event.kind { return }
            nodes = 0
            // The list and its map lie above.
            try body(member.key, node(event, depth: 3).node)
        }
    }

    /// Tags of YAML itself say what the key decides anyway; any other one would ask for something
    /// that is not done here.
    private func check(_ tag: String?, _ position: TextPosition) throws(YAMLError) {
        guard let tag, tag != "!" else { return }
        let own = ["str", "int", "bool", "float", "null", "map", "seq"]
        guard own.contains(where: { tag == "tag:yaml.org,2002:" + $0 }) else {
            throw YAMLError(position, "the tag \(tag) is not known")
        }
    }

    private mutating func list(
        _ depth: Int
    ) throws(YAMLError) -> (YAMLNode.Content, depth: Int) {
        var (values, deepest): ([YAMLNode], Int) = ([], 0)
        while true {
            let event = try events.next()
            if case .listEnd = event.kind { return (.list(values), deepest) }
            let (value, inner) = try node(event, depth: depth + 1)
            values.append(value)
            deepest = max(deepest, inner)
        }
    }

    private mutating func map(_ depth: Int) throws(YAMLError) -> (YAMLNode.Content, depth: Int) {
        var (members, deepest): ([YAMLMember], Int) = ([], 0)
        var names: Set<String> = []
        while true {
            let event = try events.next()
            if case .mapEnd = event.kind { return (.map(members), deepest) }
            let key = try node(event, depth: depth + 1).node
            guard case .scalar(let name) = key.content else {
                throw YAMLError(key.position, "a key must be a text")
            }
            guard names.insert(name).inserted else {
                throw YAMLError(
                    key.position,
                    "the key \(name) stands twice in one map",
                    repeatedKey: name
                )
            }
            let (value, inner) = try node(try events.next(), depth: depth + 1)
            members.append(YAMLMember(name: name, position: key.position, value: value))
            deepest = max(deepest, inner)
        }
    }
}
