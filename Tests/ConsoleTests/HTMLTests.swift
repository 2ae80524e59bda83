// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Console

/// Texts in markup.
struct HTMLTests {
    @Test func `a text is escaped in content and in attributes`() {
        let name = "<script>alert(\"1\" & '2')</script>"
        let markup: HTML = "<p title=\"\(name)\">\(name)</p>"
        let escaped = "&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;"
        #expect(markup.text == "<p title=\"\(escaped)\">\(escaped)</p>")
    }

    @Test func `markup is put in as it is`() {
        let inner: HTML = "<b>\("a<b")</b>"
        let none: HTML? = nil
        let markup: HTML = "<p>\(inner)\(none)\([inner, "<i></i>"])\(if: true, " x")\(3)</p>"
        #expect(markup.text == "<p><b>a&lt;b</b><b>a&lt;b</b><i></i> x3</p>")
    }

    @Test func `a literal within an interpolation is a text`() {
        let isOn = true
        let markup: HTML = "\(isOn ? "<b>" : "")"
        #expect(markup.text == "&lt;b&gt;")
    }

    @Test func `characters that disguise a name are replaced`() {
        let markup: HTML = "\("a\u{202E}b\u{0}c\u{200B}\nd")"
        #expect(markup.text == "a\u{FFFD}b\u{FFFD}c\u{FFFD}\nd")
    }

    @Test func `the value of a field comes back as it was`() {
        let value = "Zoë 👩‍🔬 <\u{202E}>"
        let markup: HTML = "\(value: value)"
        #expect(markup.text == "Zoë 👩‍🔬 &lt;\u{202E}&gt;")
    }

    @Test func `parts are joined by markup`() {
        let parts: [HTML] = ["a", "\("<")"]
        #expect(parts.joined("<br>").text == "a<br>&lt;")
    }

    @Test func `between backticks of a sentence stands code, escaped like everything`() {
        #expect(HTML(sentence: "Give `<a>`.").text == "Give <code>&lt;a&gt;</code>.")
        #expect(HTML(sentence: "`a` or `b`").text == "<code>a</code> or <code>b</code>")
    }

    @Test func `a backtick without its twin is a character`() {
        #expect(HTML(sentence: "a ` <b>").text == "a ` &lt;b&gt;")
        #expect(HTML(sentence: "").text.isEmpty)
    }

    @Test func `an address encodes its segments and its query`() {
        let address = Address("clients", "a/b?\"c").with("q", "x&y=\"<").with("empty", "")
        #expect(address.text == "/clients/a%2Fb%3F%22c?q=x%26y%3D%22%3C")
        let markup: HTML = "<a href=\"\(address.with("r", "1"))\">"
        #expect(markup.text.contains("&amp;r=1"))
    }

    @Test func `an address leads to the console alone`() {
        #expect(Address().text == "/")
        #expect(Address("//elsewhere.example").text == "/%2F%2Felsewhere.example")
        #expect(Address("javascript:alert(1)").text.hasPrefix("/"))
    }

    @Test(arguments: [
        (".", "~."), ("..", "~.."), ("add", "~add"), ("shown-once", "~shown-once"), ("~", "~~"),
        ("~add", "~~add"), ("c1", "c1"), ("a/..", "a/.."), ("...", "..."), ("", ""),
    ])
    func `a name that a path cannot have has a segment of its own`(
        name: String,
        segment: String
    ) {
        #expect(AddressName.segment(name) == segment)
        #expect(AddressName.name(segment) == name)
    }

    @Test func `an address that names something leads past the pages of that name`() {
        #expect(Address("clients", named: "add").text == "/clients/~add")
        #expect(Address("clients", named: "..", "edit").text == "/clients/~../edit")
        #expect(Address("clients", named: "a/b").text == "/clients/a%2Fb")
    }
}
