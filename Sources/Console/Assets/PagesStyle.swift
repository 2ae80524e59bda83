// SPDX-License-Identifier: Apache-2.0
extension ConsoleStyle {
    /// Lists of events, and charts.
    static let pages: HTML = """
        .events { margin: 0 0 var(--gap-4); padding: 0; list-style: none; }
        .events > li { margin: 0 0 var(--gap-3); }
        .events h2 { margin: 0 0 var(--gap-1); }
        .events .facts { margin-bottom: var(--gap-3); font-size: var(--small); }
        .events .facts:last-child { margin-bottom: 0; }
        .events .facts > div { padding: 1px 0; border: 0; }
        th .soft { font-weight: 400; }
        .changes > div { padding: var(--gap-1) 0; }
        .changes > div + div { border-top: 1px solid var(--rule); }
        .charts {
          display: grid; grid-template-columns: repeat(auto-fill, minmax(min(15rem, 100%), 1fr));
          gap: var(--gap-3);
        }
        .chart { display: flex; flex-direction: column; gap: var(--gap-2); margin: 0;
          padding: var(--gap-3); }
        .chart svg { display: block; width: 100%; height: 3.5rem; margin-top: auto; }
        .chart line, .chart polyline { fill: none; vector-effect: non-scaling-stroke; }
        .chart polyline { stroke-width: 2px; stroke-linejoin: round; stroke-linecap: round; }
        .chart .axis { stroke: var(--rule); }
        polyline.curve-0 { stroke: var(--act); }
        polyline.curve-1 { stroke: var(--warn); stroke-dasharray: 5 4; }
        .big { font-size: var(--large); font-weight: 650; font-variant-numeric: tabular-nums; }
        .key::before {
          content: ""; display: inline-block; width: 1.5em; margin-right: .375em;
          vertical-align: middle; border-top: 2px solid var(--act);
        }
        .key.curve-1::before { border-top: 2px dashed var(--warn); }
        .key + .key { margin-left: var(--gap-2); }
        @media (min-width: 40.01rem) {
          .settings table, .ends table { table-layout: fixed; }
          .settings th:nth-child(1), .ends th:nth-child(1) { width: 28%; }
          .settings th:nth-child(2) { width: 20%; }
          .groups .facts > div { grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); }
          .settings th:nth-child(3), .ends th:nth-child(2) { width: 16%; }
          .ends th:nth-child(3) { width: 20%; }
        }

        """
}
