// SPDX-License-Identifier: Apache-2.0
/// A page, without the frame that all have.
package struct Page: Sendable {
    /// The one heading, and the title of the window.
    let title: String
    /// The part of the console that it belongs to.
    let section: Section?
    var status = 200
    /// Links beside the heading.
    var actions: HTML?
    let body: HTML

    /// A page under the heading `title`.
    package init(
        _ title: String,
        in section: Section?,
        status: Int = 200,
        actions: HTML? = nil,
        _ body: HTML
    ) {
        (self.title, self.section, self.status) = (title, section, status)
        (self.actions, self.body) = (actions, body)
    }
}

/// The frame of all pages: header, navigation, notices, footer.
enum PageFrame {
    /// The whole document.
    static func document(_ page: Page, notices: [Notice], _ site: ConsoleFacts) -> HTML {
        """
        \(head(page.title, """
            <link rel="stylesheet" href="\(Asset.style.address)">
            <script src="\(Asset.script.address)" defer></script>

            """))
        <body>
        <a class="skip" href="#content">Skip to the content</a>
        <header class="top">
        <a class="brand" href="\(Address())">Handfast</a>
        <nav aria-label="Parts of the console"><ul>\(Section.allCases.map { link($0, page) })</ul>\
        </nav>
        </header>
        <main id="content" tabindex="-1">
        <div class="heading"><h1>\(page.title)</h1>\(page.actions.map(actions))</div>
        \(notices.map(\.markup))
        \(page.body)
        </main>
        <footer><p>Server at <code>\(site.server)</code> · Handfast \(site.version) ·\
         changes are audited as <strong>console:\(site.user)</strong></p></footer>
        </body>
        </html>

        """
    }

    /// A document's beginning, up to its body; `more` is its style, and what else is its own.
    static func head(_ title: String, _ more: HTML) -> HTML {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="robots" content="noindex">
        <title>\(title) · Handfast</title>
        <link rel="icon" href="data:,">
        \(more)</head>
        """
    }

    private static func link(_ section: Section, _ page: Page) -> HTML {
        let isHere = section == page.section
        return """
            <li><a href="\(section.address)"\(if: isHere, " aria-current=\"page\"")>\
            \(section.title)</a></li>
            """
    }

    private static func actions(_ links: HTML) -> HTML {
        "<div class=\"actions\">\(links)</div>"
    }
}
