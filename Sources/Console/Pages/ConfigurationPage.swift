// SPDX-License-Identifier: Apache-2.0
internal import Text

/// The configuration in effect, which is read here and changed in its file.
enum ConfigurationPage {
    static var pages: [ConsolePage] {
        [.get("/configuration") { request throws(ServerAPIError) in try show(request) }]
    }

    private static let sources: [(value: String, label: String)] = [
        ("", "Any"), ("set", "All that is set"), ("file", "The file"),
        ("environment", "The environment"), ("option", "An option"), ("default", "The default"),
    ]

    private static func show(_ request: ConsoleRequest) throws(ServerAPIError) -> ConsoleAnswer {
        let all = try request.api.get(ServerPath("configuration")).value["settings"]?.elements ?? []
        let (text, source) = (request.query.trimmed("q"), request.query.trimmed("source"))
        let shown = all.filter { setting in
            isOf(source, setting["source"]?.text ?? "")
                && (text.isEmpty
                    || [setting["key"]?.text, setting["value"]?.text].contains { part in
                        part?.lowercased().contains(text.lowercased()) ?? false
                    })
        }
        let sections = names(shown).map { name in
            section(name, shown.filter { self.name($0) == name })
        }
        let nothing: HTML? =
            shown.isEmpty
            ? EmptyState.markup("No setting is like that", "Look for another word.") : nil
        let filter = Filter.markup(
            Section.configuration.address,
            label: "Which settings",
            isSet: !text.isEmpty || !source.isEmpty,
            [
                FormField("q", "Key or value", .search, values: [text]),
                FormField("source", "Comes from", .choice(sources), values: [source]),
            ]
        )
        return .page(
            Page(
                "Configuration in effect",
                in: .configuration,
                """
                <p class="soft">Read only: settings are changed in their file, and read again at \
                SIGHUP. Secrets stand in files, of which the paths are shown.</p>
                \(filter)\(nothing)\(sections)
                """
            )
        )
    }

    private static func isOf(_ wanted: String, _ source: String) -> Bool {
        switch wanted {
        case "": true
        case "set": ["file", "environment", "option"].contains(source)
        default: wanted == source
        }
    }

    /// The first part of a setting's key; `general` for keys without parts.
    private static func name(_ setting: JSONValue) -> String {
        let parts = (setting["key"]?.text ?? "").split(separator: ".")
        return parts.count > 1 ? String(parts[0]) : "general"
    }

    /// The sections in the order in which they first come.
    private static func names(_ settings: [JSONValue]) -> [String] {
        var names: [String] = []
        for setting in settings where !names.contains(name(setting)) {
            names.append(name(setting))
        }
        return names
    }

    private static func section(_ name: String, _ settings: [JSONValue]) -> HTML {
        let columns = ["Key", "Value", "Comes from", "Meaning"].map { Table.Column($0) }
        let rows = settings.map { setting -> [HTML] in
            let isSet = isOf("set", setting["source"]?.text ?? "")
            let origin = setting["origin"]?.text ?? ""
            let restart: HTML? =
                setting["needs_restart"]?.isTrue == true
                ? " <span class=\"soft small\">Changes with a restart.</span>" : nil
            return [
                "<code>\(setting["key"]?.text ?? "")</code>",
                "<code>\(setting["value"]?.text ?? "")</code>",
                isSet ? "<strong>\(origin)</strong>" : "<span class=\"soft\">\(origin)</span>",
                """
                <span class="small">\(HTML(sentence: setting["documentation"]?.text ?? ""))</span>\
                \(restart)
                """,
            ]
        }
        return """
            <section class="settings">
            <h2 id="section-\(name)">\(name)</h2>
            \(Table("Settings of \(name)", columns, rows).markup)
            </section>

            """
    }
}
