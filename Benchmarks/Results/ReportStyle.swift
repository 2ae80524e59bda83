// SPDX-License-Identifier: Apache-2.0
/// The page's style sheet, light and dark.
enum ReportStyle {
    static let text = """
        :root{color-scheme:light dark;--ink:#1d2327;--soft:#56616a;--page:#fff;--line:#d9dee2;
        --c0:#1f6f8b;--c1:#c8443a;--c2:#2e8b57;--c3:#8a5fa8;--peer:#a9b3ba;--bad:#a40000}
        @media (prefers-color-scheme:dark){:root{--ink:#e4e7ea;--soft:#a2adb6;--page:#14181b;
        --line:#343c43;--c0:#5ab4d6;--c1:#f0857b;--c2:#6fcf97;--c3:#c3a1e0;--peer:#69747d;
        --bad:#ff8a80}}
        body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;
        color:var(--ink);background:var(--page)}h1{margin-bottom:.5rem}h2{margin-top:2rem}
        small,.soft{color:var(--soft)}small{font-weight:400}
        code{overflow-wrap:anywhere}pre{overflow-x:auto}
        .wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:13px}
        th,td{padding:.25rem .5rem;text-align:right;border-bottom:1px solid var(--line);
        white-space:nowrap}
        td:first-child{white-space:normal;min-width:11rem}td.t,th.t{text-align:left}
        figure{margin:1.5rem 0;overflow-x:auto}figcaption{font-weight:600;margin-bottom:.4rem}
        svg{width:100%;min-width:34rem;height:auto;display:block}
        svg.bars{max-width:46rem;min-width:0}
        svg text{font-size:12px;fill:var(--soft)}svg .group{font-size:13px;font-weight:600;
        fill:var(--ink)}.y{text-anchor:end}.y,.v{dominant-baseline:central}svg .v{fill:var(--ink)}
        .x{text-anchor:middle}.subject{fill:var(--c0)}.peer{fill:var(--peer)}
        .grid{stroke:var(--line)}polyline{fill:none;stroke-width:1.8}
        .c0{stroke:var(--c0)}.c1{stroke:var(--c1)}.c2{stroke:var(--c2)}.c3{stroke:var(--c3)}
        .legend{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;margin:.3rem 0;padding:0;
        list-style:none;font-size:13px}
        .legend svg{display:inline-block;width:1.6rem;min-width:0;height:.6rem;
        margin-right:.4rem}.legend line{stroke-width:2.5}
        .bad{color:var(--bad);font-weight:600}summary{cursor:pointer;font-weight:600}
        """
}
