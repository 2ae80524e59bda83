// SPDX-License-Identifier: Apache-2.0
/// The style sheet: one typeface of the system, a small scale of sizes and spaces, and colour only
/// where it means something.
///
/// Text has a contrast of 4.5 to 1 at least, lines of controls 3 to 1 (WCAG 2.2 §1.4.3, §1.4.11).
enum ConsoleStyle {
    static let sheet: HTML = "\(foundation)\(frame)\(parts)\(forms)\(pages)\(narrow)"

    private static let foundation: HTML = """
        :root {
          --ground: #f6f7f9; --card: #ffffff; --ink: #1b1f24; --soft: #57606a; --rule: #d5dae0;
          --line: #7d8590; --act: #0b5cad; --act-ink: #ffffff; --act-soft: #e3effb;
          --good: #1a6636; --good-soft: #e2f4e8; --warn: #7a4b00; --warn-soft: #fdf1d6;
          --bad: #a4161a; --bad-soft: #fdeae8;
          --small: .875rem; --large: 1.25rem; --title: 1.625rem;
          --gap-1: .25rem; --gap-2: .5rem; --gap-3: 1rem; --gap-4: 1.5rem; --gap-5: 2.5rem;
          --round: 8px;
          color-scheme: light dark;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --ground: #0f1216; --card: #181d23; --ink: #e8ecf1; --soft: #a9b3be; --rule: #2f3741;
            --line: #7b8794; --act: #7ab8ff; --act-ink: #0b1a2b; --act-soft: #16283d;
            --good: #7fd69a; --good-soft: #12301d; --warn: #f0c268; --warn-soft: #35270b;
            --bad: #ffb3ae; --bad-soft: #3a1717;
          }
        }
        *, ::before, ::after { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
        body {
          margin: 0; background: var(--ground); color: var(--ink);
          font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
          overflow-wrap: anywhere;
        }
        h1 { margin: 0; font-size: var(--title); line-height: 1.25; font-weight: 650; }
        h2 { margin: var(--gap-5) 0 var(--gap-3); font-size: var(--large); line-height: 1.3; }
        h3 { margin: var(--gap-4) 0 var(--gap-2); font-size: 1rem; }
        p, ul, ol, dl, pre { margin: 0 0 var(--gap-3); }
        ul, ol { padding-left: 1.25rem; }
        li + li { margin-top: var(--gap-1); }
        a { color: var(--act); text-underline-offset: .15em; }
        code, pre, .code { font-family: ui-monospace, "SFMono-Regular", Menlo, Consolas,
          "Liberation Mono", monospace; font-size: .9em; }
        pre {
          padding: var(--gap-3); background: var(--card); border: 1px solid var(--rule);
          border-radius: var(--round); white-space: pre-wrap; overflow-wrap: anywhere;
        }
        time { white-space: nowrap; font-variant-numeric: tabular-nums; }
        :focus-visible { outline: 3px solid var(--act); outline-offset: 2px; border-radius: 3px; }
        main:focus { outline: none; }
        [hidden] { display: none !important; }
        .soft { color: var(--soft); }
        .small { font-size: var(--small); }
        .unseen {
          position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
          white-space: nowrap;
        }

        """

    private static let frame: HTML = """
        .skip {
          position: absolute; left: var(--gap-3); top: -6rem; padding: var(--gap-2) var(--gap-3);
          background: var(--act); color: var(--act-ink); border-radius: var(--round); z-index: 2;
        }
        .skip:focus { top: var(--gap-2); }
        .top {
          display: flex; flex-wrap: wrap; align-items: center; gap: 0 var(--gap-4);
          padding: 0 var(--gap-4); background: var(--card); border-bottom: 1px solid var(--rule);
        }
        .brand {
          padding: var(--gap-3) 0; font-weight: 700; color: var(--ink); text-decoration: none;
        }
        nav ul { display: flex; flex-wrap: wrap; margin: 0; padding: 0; list-style: none; }
        nav li + li { margin: 0; }
        nav a {
          display: block; padding: var(--gap-3) .75rem calc(var(--gap-3) - 3px);
          color: var(--soft); text-decoration: none; border-bottom: 3px solid transparent;
        }
        nav a:hover { color: var(--ink); }
        nav a[aria-current] {
          color: var(--ink); font-weight: 600; border-bottom-color: var(--act);
        }
        main, footer { max-width: 72rem; margin: 0 auto; padding: var(--gap-4); }
        .heading {
          display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between;
          gap: var(--gap-2) var(--gap-3); margin-bottom: var(--gap-4);
        }
        .actions { display: flex; flex-wrap: wrap; gap: var(--gap-2); align-items: center; }
        footer { color: var(--soft); font-size: var(--small); }
        .alone { max-width: 40rem; padding-top: 12vh; }
        .alone h1 { margin-bottom: var(--gap-3); }

        """

    private static let parts: HTML = """
        .card {
          margin: 0 0 var(--gap-4); padding: var(--gap-4); background: var(--card);
          border: 1px solid var(--rule); border-radius: var(--round);
        }
        .card > :last-child, .notice > :last-child { margin-bottom: 0; }
        .card > h2:first-child { margin-top: 0; }
        .groups { columns: 2 24rem; column-gap: var(--gap-4); }
        .groups > .card { break-inside: avoid; }
        .badge {
          display: inline-block; padding: 0 .5em; border-radius: 1em; font-size: var(--small);
          line-height: 1.6; white-space: nowrap; border: 1px solid var(--rule);
          color: var(--soft); background: var(--card);
        }
        .badge.good { color: var(--good); background: var(--good-soft); border-color: transparent; }
        .badge.warn { color: var(--warn); background: var(--warn-soft); border-color: transparent; }
        .badge.bad { color: var(--bad); background: var(--bad-soft); border-color: transparent; }
        .notice {
          margin: 0 0 var(--gap-4); padding: .75rem var(--gap-3); border-radius: var(--round);
          border: 1px solid var(--rule); border-left: 4px solid var(--line);
          background: var(--card);
        }
        .notice.good { border-left-color: var(--good); background: var(--good-soft); }
        .notice.warn { border-left-color: var(--warn); background: var(--warn-soft); }
        .notice.bad { border-left-color: var(--bad); background: var(--bad-soft); }
        .empty {
          padding: var(--gap-5) var(--gap-4); text-align: center; color: var(--soft);
          border: 1px dashed var(--line); border-radius: var(--round);
        }
        .empty-title { margin: 0 0 var(--gap-1); font-weight: 600; color: var(--ink); }
        .empty > :last-child { margin-bottom: 0; }
        .scroll { position: relative; overflow-x: auto; margin: 0 0 var(--gap-4); }
        table {
          width: 100%; border-collapse: collapse; background: var(--card);
          border: 1px solid var(--rule); font-variant-numeric: tabular-nums;
        }
        caption {
          position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
        }
        th, td {
          padding: .625rem .75rem; text-align: left; vertical-align: top;
          overflow-wrap: break-word;
        }
        td code { overflow-wrap: anywhere; }
        th code { word-break: break-all; }
        thead th {
          color: var(--soft); font-size: var(--small); font-weight: 600;
          border-bottom: 1px solid var(--rule);
        }
        tbody th { font-weight: 600; }
        th code, th time, td summary { font-weight: 400; }
        tbody tr + tr > * { border-top: 1px solid var(--rule); }
        .number { text-align: right; }
        .facts { display: grid; gap: 0; }
        .facts > div {
          display: grid; grid-template-columns: minmax(11rem, 1fr) minmax(0, 3fr);
          gap: var(--gap-3); padding: var(--gap-2) 0; align-items: baseline;
        }
        .facts > div + div { border-top: 1px solid var(--rule); }
        dt { color: var(--soft); }
        dd { margin: 0; }
        .steps { padding-left: 1.5rem; }
        .steps li + li { margin-top: var(--gap-3); }
        .pages { display: flex; justify-content: space-between; gap: var(--gap-3); }

        """

    private static let forms: HTML = """
        .field { max-width: 46rem; margin: 0 0 var(--gap-4); padding: 0; border: 0; min-width: 0; }
        label, legend { display: block; padding: 0; margin-bottom: var(--gap-1); font-weight: 600; }
        .hint { margin: 0 0 var(--gap-2); color: var(--soft); font-size: var(--small); }
        .wrong-text { margin: 0 0 var(--gap-2); color: var(--bad); font-weight: 600; }
        .field.wrong { padding-left: var(--gap-3); border-left: 4px solid var(--bad); }
        input[type=text], input[type=search], input[type=password], input[type=date], select,
        textarea {
          width: 100%; min-height: 2.75rem; padding: var(--gap-2) .75rem; font: inherit;
          color: inherit; background: var(--card); border: 1px solid var(--line);
          border-radius: var(--round);
        }
        input.code, textarea.code { font-family: ui-monospace, Menlo, Consolas, monospace;
          font-size: .9em; }
        input[type=file] { max-width: 100%; font: inherit; }
        ::file-selector-button {
          min-height: 2.75rem; margin-right: .75rem; padding: .5625rem 1.125rem; font: inherit;
          font-weight: 600; color: var(--act); background: transparent; cursor: pointer;
          border: 1px solid var(--act); border-radius: var(--round);
        }
        [aria-invalid] { border-color: var(--bad); }
        .box { display: flex; gap: var(--gap-2); align-items: baseline; margin: var(--gap-2) 0; }
        .box label { margin: 0; font-weight: 400; }
        .box .hint { display: block; margin: 0; }
        .drop { outline: 3px dashed var(--act); outline-offset: 4px; }
        button, .button {
          display: inline-block; min-height: 2.75rem; padding: .5625rem 1.125rem; font: inherit;
          font-weight: 600; line-height: 1.5; color: var(--act-ink); background: var(--act);
          border: 1px solid var(--act); border-radius: var(--round); cursor: pointer;
          text-decoration: none;
        }
        button.second, .button.second { color: var(--act); background: transparent; }
        button.danger { color: var(--bad); background: transparent; border-color: var(--bad); }
        button.copy {
          min-height: 2rem; padding: .125rem .75rem; font-size: var(--small); color: var(--act);
          background: transparent;
        }
        pre[data-copy] { margin-bottom: var(--gap-2); }
        pre ~ button.copy { margin-bottom: var(--gap-3); }
        .buttons { display: flex; flex-wrap: wrap; gap: var(--gap-2); align-items: center; }
        .buttons form { display: contents; }
        .filter { display: flex; flex-wrap: wrap; gap: var(--gap-3); align-items: end;
          margin: 0 0 var(--gap-4); }
        .filter .field { flex: 1 1 9rem; min-width: min-content; max-width: 22rem; margin: 0; }
        .filter label { white-space: nowrap; font-size: var(--small); }
        .filter .field:first-of-type { flex-basis: 16rem; }
        .filter .field:has(input[type=date]) { flex-basis: 12rem; }
        form + p, form + .card, .buttons + p { margin-top: var(--gap-3); }
        summary { cursor: pointer; font-weight: 600; }
        details > summary + * { margin-top: var(--gap-3); }

        """

    private static let narrow: HTML = """
        @media (max-width: 40rem) {
          main, footer { padding: var(--gap-3); }
          .top { padding: 0 var(--gap-3); }
          nav a { padding: var(--gap-2) .5rem; }
          .brand { padding: var(--gap-2) 0; flex-basis: 100%; }
          .card { padding: var(--gap-3); }
          .filter label { white-space: normal; }
          .facts > div { grid-template-columns: 1fr; gap: 0; }
          table, tbody, tr, tbody th, td { display: block; }
          thead {
            position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
          }
          tbody tr { padding: var(--gap-2) 0; }
          tbody tr + tr { border-top: 1px solid var(--rule); }
          tbody tr + tr > * { border-top: 0; }
          tbody th, td { padding: var(--gap-1) .75rem; }
          td { display: grid; gap: var(--gap-2);
            grid-template-columns: minmax(7rem, 1fr) minmax(0, 2fr); }
          td::before { content: attr(data-label); color: var(--soft); font-size: var(--small); }
          td:has(> div:empty) { display: none; }
          .number { text-align: left; }
          time { white-space: normal; }
        }
        @media (prefers-reduced-motion: no-preference) {
          .skip { transition: top .15s; }
        }
        @media print {
          .top nav, .actions, .buttons, .skip, .filter, button { display: none; }
          body { background: #ffffff; color: #000000; }
          .card, table { border-color: #999999; }
          a { color: inherit; }
        }

        """
}
