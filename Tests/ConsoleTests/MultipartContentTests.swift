// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Console

/// Forms with files, as browsers and others write them.
struct MultipartContentTests {
    private static let type = "multipart/form-data; boundary=----WebKitFormBoundaryABC123"
    private static let open = "------WebKitFormBoundaryABC123\r\n"
    private static let close = "------WebKitFormBoundaryABC123--\r\n"

    private static func field(_ name: String, _ value: String) -> String {
        "\(open)Content-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
    }

    private static func read(_ content: String, _ type: String = type) -> FieldValues? {
        MultipartContent.values(of: Array(content.utf8), type: Array(type.utf8))
    }

    @Test func `fields and a file are read`() throws {
        let file =
            "\(Self.open)Content-Disposition: form-data; name=\"f\"; filename=\"a.p12\"\r\n"
            + "Content-Type: application/x-pkcs12\r\n\r\n"
        let bytes =
            Array((Self.field("a", "1\r\n2") + file).utf8)
            + [0, 0xff, 13, 10, 45, 45] + Array("\r\n\(Self.close)".utf8)
        let form = try #require(MultipartContent.values(of: bytes, type: Array(Self.type.utf8)))
        #expect(form["a"] == "1\n2")
        #expect(form.file("f")?.bytes == [0, 0xff, 13, 10, 45, 45])
        #expect(form.file("f")?.name == "a.p12")
        #expect(form["f"] == nil)
    }

    @Test func `no file, no field, and a quoted boundary are read`() throws {
        let none =
            "\(Self.open)Content-Disposition: form-data; name=\"f\"; filename=\"\"\r\n"
            + "Content-Type: application/octet-stream\r\n\r\n\r\n\(Self.close)"
        #expect(try #require(Self.read(none)).file("f") == nil)
        #expect(Self.read(Self.close) == FieldValues())
        let quoted = "multipart/form-data; charset=utf-8; boundary=\"----WebKitFormBoundaryABC123\""
        #expect(Self.read(Self.field("a", "1") + Self.close, quoted)?["a"] == "1")
    }

    @Test(arguments: [
        "multipart/form-data", "multipart/form-data; boundary=",
        "multipart/form-data; boundary=a b", "multipart/form-data; boundary=a; boundary=a",
        "multipart/form-data; boundary=\(String(repeating: "a", count: 71))",
    ])
    func `a boundary that is missing, bad or double is refused`(type: String) {
        #expect(MultipartContent.boundary(in: Array(type.utf8)) == nil)
        #expect(Self.read("--a--\r\n", type) == nil)
    }

    @Test(arguments: [
        "", "x", "------WebKitFormBoundaryABC123", open,
        field("a", "1"), "preamble\r\n" + field("a", "1") + close,
        field("a", "1") + close + "epilogue", field("", "1") + close,
        "\(open)\r\n\r\n1\r\n\(close)",
        "\(open)Content-Disposition: attachment; name=\"a\"\r\n\r\n1\r\n\(close)",
        "\(open)Content-Disposition: form-data; name=a\r\n\r\n1\r\n\(close)",
        "\(open)Content-Disposition: form-data; name=\"a\"; x=\"b\"\r\n\r\n1\r\n\(close)",
        "\(open)Content-Disposition: form-data; name=\"a\nb\"\r\n\r\n1\r\n\(close)",
        "\(open)Content-Disposition: form-data; name=\"a\"\r\n"
            + "Content-Disposition: form-data; name=\"b\"\r\n\r\n1\r\n\(close)",
        "\(open)Content-Disposition: form-data; name=\"a\"\r\n"
            + "Content-Transfer-Encoding: base64\r\n\r\n1\r\n\(close)",
        "\(open)Content-Disposition: form-data; name=\"a\u{7f}\"\r\n\r\n1\r\n\(close)",
        "\(open)Content-Disposition: form-data; name=\"a\"\n\n1\r\n\(close)",
    ])
    func `all that browsers do not write is refused`(content: String) {
        #expect(Self.read(content) == nil)
    }

    @Test func `a head, the fields and the files are bounded`() {
        let long = String(repeating: "n", count: 3_000)
        #expect(Self.read(Self.field(long, "1") + Self.close) == nil)
        let many = String(repeating: Self.field("a", "1"), count: FieldValues.countMax + 1)
        #expect(Self.read(many + Self.close) == nil)
        let file =
            "\(Self.open)Content-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\n1\r\n"
        #expect(Self.read(file + Self.close) != nil)
        #expect(Self.read(file + file + Self.close) == nil)
    }

    @Test func `text that is no UTF-8 is refused, and a file takes any bytes`() {
        let start = Array("\(Self.open)Content-Disposition: form-data; name=\"a\"\r\n\r\n".utf8)
        let end = Array("\r\n\(Self.close)".utf8)
        let type = Array(Self.type.utf8)
        #expect(MultipartContent.values(of: start + [0xff] + end, type: type) == nil)
        #expect(MultipartContent.values(of: start + [0x41] + end, type: type)?["a"] == "A")
    }

    @Test func `a longer line that begins like the boundary ends the form as none`() {
        let inside = Self.field("a", "1\r\n------WebKitFormBoundaryABC123x") + Self.close
        #expect(Self.read(inside) == nil)
    }
}
