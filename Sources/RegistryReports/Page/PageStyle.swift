//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// How the page looks: light or dark as the reader has it, and light on paper.
enum PageStyle {
    static let text: StaticString = """
        :root { color-scheme: light dark; --back: #fcfcfb; --front: #1d2022; --soft: #5b6166; --line: #dcdfe1; --raised: #f1f2f2;
          --accent: #1f6f8b; --bar: #9cc6d4; --band: #1f6f8b33;
          --s0: #1f6f8b; --s1: #c2661d; --s2: #7a5ea8; --s3: #8a9096;
          --p0: #14566e; --p1: #3683a0; --p2: #84b6c8; --p3: #d99a5b; --p4: #c9cdd0; --p5: #e6e8e9;
          --on-dark: #ffffff; }
        @media (prefers-color-scheme: dark) { :root { --back: #16191b; --front: #e6e8e9; --soft: #a2a9ae; --line: #343a3e;
          --raised: #1f2427; --accent: #7cc4dc; --bar: #2e6a7d; --band: #7cc4dc33;
          --s0: #5fb0ca; --s1: #e0924f; --s2: #ab92d6; --s3: #7b8288;
          --p0: #7cc4dc; --p1: #4a94ad; --p2: #2f6273; --p3: #a3642b; --p4: #444b50; --p5: #2a3034;
          --on-dark: #0d1011; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 1.5rem clamp(0.75rem, 3vw, 2.5rem) 4rem; max-width: 90rem; background: var(--back);
          color: var(--front); font: 0.9375rem/1.5 system-ui, sans-serif; }
        h1 { font-size: 1.6rem; margin: 0 0 0.25rem; } h2 { font-size: 1.15rem; margin: 2.5rem 0 0.5rem; scroll-margin-top: 1rem; }
        p { margin: 0.25rem 0 0.75rem; max-width: 62rem; color: var(--soft); } p strong { color: var(--front); }
        a { color: var(--accent); } header nav a { margin-right: 0.9rem; }
        :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
        .skip { position: absolute; left: -100vw; } .skip:focus { left: 1rem; top: 0.5rem; background: var(--back); padding: 0.5rem; }
        .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: 0.75rem; padding: 0; list-style: none; }
        .tiles li { background: var(--raised); border: 1px solid var(--line); border-radius: 0.5rem; padding: 0.75rem 1rem; }
        .tiles .name, .tiles .note { display: block; color: var(--soft); font-size: 0.85rem; }
        .tiles strong { display: block; font-size: 1.5rem; font-variant-numeric: tabular-nums; }
        .states { display: block; width: 100%; height: 1.1rem; border-radius: 0.25rem; }
        .legend { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; padding: 0; margin: 0.5rem 0; list-style: none; color: var(--soft);
          font-size: 0.85rem; }
        .key { display: inline-block; width: 0.8em; height: 0.8em; margin-right: 0.4em; border: 1px solid var(--line); }
        .s0 { fill: var(--s0); background: var(--s0); } .s1 { fill: var(--s1); background: var(--s1); }
        .s2 { fill: var(--s2); background: var(--s2); } .s3 { fill: var(--s3); background: var(--s3); }
        .p0 { fill: var(--p0); background: var(--p0); } .p1 { fill: var(--p1); background: var(--p1); }
        .p2 { fill: var(--p2); background: var(--p2); } .p3 { fill: var(--p3); background: var(--p3); }
        .p4 { fill: var(--p4); background: var(--p4); } .p5 { fill: var(--p5); background: var(--p5); }
        #map-drawing { display: block; width: 100%; height: 30rem; background: var(--raised); }
        #map-drawing rect { stroke: var(--back); stroke-width: 1; } #map-drawing .frame { fill: var(--raised); }
        #map-drawing .into { cursor: pointer; } #map-drawing g:focus-visible > rect { stroke: var(--front); stroke-width: 3; }
        #map-drawing g:focus-visible { outline: none; } #map-drawing g:hover > rect:first-of-type { stroke: var(--front); }
        #map-drawing text { font-size: 12px; fill: var(--front); pointer-events: none; }
        #map-drawing text.head { font-weight: 600; } #map-drawing .p0 + text, #map-drawing .p1 + text { fill: var(--on-dark); }
        #map-path button, th button { font: inherit; color: inherit; background: none; border: 0; padding: 0.1rem 0; cursor: pointer; }
        #map-path button { color: var(--accent); text-decoration: underline; } #map-path { min-height: 1.6rem; }
        #map-told { min-height: 1.5rem; margin: 0.25rem 0; color: var(--front); font-variant-numeric: tabular-nums; }
        .chart { display: block; width: 100%; height: auto; max-height: 24rem; } figure { margin: 0; }
        figcaption { color: var(--soft); font-size: 0.85rem; }
        .chart .grid { stroke: var(--line); } .chart .tick { fill: var(--soft); font-size: 12px; }
        .chart .known { fill: none; stroke: var(--accent); stroke-width: 2; } .chart .dot { fill: var(--accent); }
        .chart .forecast { fill: none; stroke: var(--accent); stroke-width: 2; stroke-dasharray: 6 5; }
        .chart .interval { fill: var(--band); } .chart .bound { stroke: var(--s1); stroke-width: 1.5; stroke-dasharray: 2 3; }
        .search { display: none; } .scripted .search { display: block; }
        input { font: inherit; padding: 0.25rem 0.5rem; background: var(--raised); color: inherit; border: 1px solid var(--line);
          border-radius: 0.25rem; }
        .wide { overflow: auto; max-height: 36rem; border: 1px solid var(--line); border-radius: 0.5rem; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        th, td { padding: 0.25rem 0.6rem; text-align: left; white-space: nowrap; border-bottom: 1px solid var(--line); vertical-align: top; }
        thead th { position: sticky; top: 0; background: var(--raised); font-weight: 600; } tbody th { font-weight: 400; }
        .n { text-align: right; } .names { white-space: normal; min-width: 20rem; } .digest { font-family: ui-monospace, monospace;
          font-size: 0.8rem; max-width: 16rem; overflow: hidden; text-overflow: ellipsis; }
        th[aria-sort=ascending] button::after { content: " \\2191"; } th[aria-sort=descending] button::after { content: " \\2193"; }
        .bar { width: 5rem; height: 0.6rem; margin-right: 0.6rem; } .bar rect { fill: var(--bar); }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.25rem 1.25rem; max-width: 62rem; }
        dt { font-weight: 600; } dd { margin: 0; color: var(--soft); }
        [hidden] { display: none; }
        @media (max-width: 40rem) { .bar { display: none; } dl { grid-template-columns: 1fr; } #map-drawing { height: 22rem; } }
        @media print { :root { color-scheme: light; --back: #ffffff; --front: #000000; --soft: #333333; --line: #bbbbbb; --raised: #ffffff;
            --accent: #1f6f8b; --bar: #9cc6d4; --band: #1f6f8b33; --s0: #1f6f8b; --s1: #c2661d; --s2: #7a5ea8; --s3: #8a9096;
            --p0: #14566e; --p1: #3683a0; --p2: #84b6c8; --p3: #d99a5b; --p4: #c9cdd0; --p5: #e6e8e9; --on-dark: #ffffff; }
          * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
          body { padding: 0; font-size: 8pt; max-width: none; } header nav, .search, .scripted .search, .skip, #map-path, #map-told { display: none; }
          .wide { overflow: visible; max-height: none; border: 0; } tbody tr:nth-child(n+41) { display: none; }
          th, td { padding: 1pt 3pt; } .bar { width: 2rem; } .digest { max-width: 9rem; } tr, .tiles li, figure, #map-drawing { break-inside: avoid; }
          #growth-told { break-after: avoid; } thead { display: table-header-group; } thead th { position: static; } h2 { break-after: avoid; }
          .cut::after { content: " On paper, the first 40 rows."; } }
        """
}
