// SPDX-License-Identifier: Apache-2.0
/// The style sheet of the pages: plain, light and dark, with visible focus, for narrow screens too.
///
/// Colours have a contrast of 4.5 to 1 at least (WCAG 2.2 §1.4.3).
enum PageStyle {
    static let sheet = """

        :root {
          --ground: #f3f4f6; --card: #ffffff; --ink: #1b1f24; --soft: #57606a; --line: #8c959f;
          --act: #0b5cad; --act-ink: #ffffff; --warn: #a4161a; --warn-ground: #fff1f0;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --ground: #0f1216; --card: #1a1f26; --ink: #e8ecf1; --soft: #a9b3be; --line: #6b7682;
            --act: #7ab8ff; --act-ink: #0b1a2b; --warn: #ffb3ae; --warn-ground: #3a1717;
          }
        }
        * { box-sizing: border-box; }
        body {
          margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem;
          background: var(--ground); color: var(--ink);
          font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
        }
        main {
          width: 100%; max-width: 26rem; padding: 2rem; background: var(--card);
          border: 1px solid color-mix(in srgb, var(--line) 40%, transparent); border-radius: 12px;
          overflow-wrap: anywhere;
        }
        h1 { margin: 0 0 .25rem; font-size: 1.5rem; line-height: 1.25; }
        p { margin: 0 0 1rem; }
        ul { margin: 0 0 1.25rem; padding-left: 1.25rem; }
        label { display: block; margin: 1rem 0 .25rem; font-weight: 600; }
        input:not([type=hidden]) {
          width: 100%; min-height: 44px; padding: .5rem .75rem; font: inherit; color: inherit;
          background: transparent; border: 1px solid var(--line); border-radius: 8px;
        }
        button {
          min-height: 44px; width: 100%; margin-top: 1.5rem; padding: .5rem 1rem; font: inherit;
          font-weight: 600; color: var(--act-ink); background: var(--act);
          border: 1px solid var(--act); border-radius: 8px; cursor: pointer;
        }
        button.second { color: var(--act); background: transparent; }
        button.link {
          width: auto; min-height: 24px; margin: 0; padding: 0; border: 0; font-weight: 400;
          color: var(--act); background: transparent; text-decoration: underline;
        }
        .choice { display: grid; grid-template-columns: 1fr 1fr; gap: .75rem; }
        .notice {
          margin: 1rem 0 0; padding: .75rem 1rem; color: var(--warn);
          background: var(--warn-ground); border: 1px solid var(--warn); border-radius: 8px;
        }
        .small { margin: 1.25rem 0 0; font-size: .875rem; color: var(--soft); }
        :focus-visible { outline: 3px solid var(--act); outline-offset: 2px; }
        @media (max-width: 24rem) { .choice { grid-template-columns: 1fr; gap: 0; } }

        """
}
