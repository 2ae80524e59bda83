// SPDX-License-Identifier: Apache-2.0
internal import CYAML
internal import Text

/// An event of libyaml's parser.
struct YAMLEvent {
    enum Kind {
        case streamStart, streamEnd, documentStart, documentEnd
        case listStart, listEnd, mapStart, mapEnd
        case scalar(String, isPlain: Bool)
        case alias(String)
    }

    let kind: Kind
    let position: TextPosition
    var anchor: String?
    var tag: String?
}

/// libyaml's parser over a text of its own copy.
@safe struct YAMLEvents: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let text: UnsafeMutableBufferPointer<UInt8>

    init(_ bytes: Span<UInt8>) throws(YAMLError) {
        // SAFETY: parser and copy of the text are this value's own until its deinit; the parser
        // reads no more than the count that it is given.
        unsafe parser = .allocate(capacity: 1)
        unsafe text = .allocate(capacity: bytes.count)
        for index in bytes.indices { unsafe text.initializeElement(at: index, to: bytes[index]) }
        guard unsafe yaml_parser_initialize(parser) == 1 else {
            unsafe parser.deallocate()
            unsafe text.deallocate()
            throw YAMLError(TextPosition(line: 1, column: 1), "there is no memory to read it")
        }
        // Without it two bytes at the beginning could make a file UTF-16.
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        unsafe yaml_parser_set_input_string(parser, text.baseAddress, text.count)
    }

    deinit {
        // SAFETY: nothing else has these pointers, and every event was deleted.
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
        unsafe text.deallocate()
    }

    /// The next event; after `.streamEnd` there is none.
    mutating func next() throws(YAMLError) -> YAMLEvent {
        // SAFETY: the parser writes the event whole or fails; texts in it are copied before the
        // event is deleted.
        var event = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw error }
        defer { unsafe yaml_event_delete(&event) }
        return try unsafe Self.read(event)
    }

    private static func read(_ event: yaml_event_t) throws(YAMLError) -> YAMLEvent {
        // SAFETY: `type` says which member of the union was written; its texts end with NUL or have
        // a length, and the caller deletes them.
        let position = unsafe Self.position(event.start_mark)
        func plain(_ kind: YAMLEvent.Kind) -> YAMLEvent {
            YAMLEvent(kind: kind, position: position)
        }
        switch unsafe event.type {
        case YAML_STREAM_START_EVENT: return plain(.streamStart)
        case YAML_STREAM_END_EVENT: return plain(.streamEnd)
        case YAML_DOCUMENT_START_EVENT: return plain(.documentStart)
        case YAML_DOCUMENT_END_EVENT: return plain(.documentEnd)
        case YAML_SEQUENCE_END_EVENT: return plain(.listEnd)
        case YAML_MAPPING_END_EVENT: return plain(.mapEnd)
        case YAML_SEQUENCE_START_EVENT:
            let start = unsafe event.data.sequence_start
            return unsafe YAMLEvent(
                kind: .listStart,
                position: position,
                anchor: string(start.anchor),
                tag: string(start.tag)
            )
        case YAML_MAPPING_START_EVENT:
            let start = unsafe event.data.mapping_start
            return unsafe YAMLEvent(
                kind: .mapStart,
                position: position,
                anchor: string(start.anchor),
                tag: string(start.tag)
            )
        case YAML_ALIAS_EVENT:
            return unsafe plain(.alias(string(event.data.alias.anchor) ?? ""))
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            return unsafe YAMLEvent(
                kind: .scalar(
                    String(decoding: bytes, as: UTF8.self),
                    isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE
                ),
                position: position,
                anchor: string(scalar.anchor),
                tag: string(scalar.tag)
            )
        default: throw YAMLError(position, "nothing that can be read")
        }
    }

    /// The parser's error.
    private var error: YAMLError {
        // SAFETY: the parser's texts are literals of libyaml; both are copied.
        let failure = unsafe parser.pointee
        let reason = unsafe failure.problem.map { unsafe String(cString: $0) } ?? "unreadable"
        // Only the reader of characters does not know lines: it tells the byte.
        guard unsafe failure.error != YAML_READER_ERROR else {
            let read = unsafe Array(text.prefix(failure.problem_offset))
            return YAMLError(TextPosition(of: read.count, in: read), reason)
        }
        let context = unsafe failure.context.map { unsafe String(cString: $0) + ", " } ?? ""
        return unsafe YAMLError(Self.position(failure.problem_mark), context + reason)
    }

    private static func position(_ mark: yaml_mark_t) -> TextPosition {
        TextPosition(line: mark.line + 1, column: mark.column + 1)
    }

    private static func string(_ text: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        // SAFETY: libyaml's texts end with NUL, and live as long as their event.
        unsafe text.map { unsafe String(cString: $0) }
    }
}
