//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What moves on the page: the map, and tables that are sorted and searched.
///
/// It makes elements and sets their text, and never reads text as markup.
enum PageScript {
    static let text: StaticString = #"""
        "use strict";
        (() => {
          document.documentElement.classList.add("scripted");
          const NAMES = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
          const bytes = (count) => {
            let unit = 0, value = count;
            while (value >= 1023.5 && unit < 6) { value /= 1024; unit += 1; }
            return unit ? value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0) + " " + NAMES[unit] : count + " B";
          };

          // Tables.
          for (const section of document.querySelectorAll("section")) {
            const table = section.querySelector("table");
            if (!table) continue;
            const body = table.tBodies[0], rows = [...body.rows];
            if (rows.length > 40) section.querySelector("p").classList.add("cut");
            const input = section.querySelector("input"), told = section.querySelector("output");
            const names = rows.map((row) => row.textContent.toLowerCase());
            input.addEventListener("input", () => {
              const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
              let shown = 0;
              rows.forEach((row, index) => {
                row.hidden = !words.every((word) => names[index].includes(word));
                if (!row.hidden) shown += 1;
              });
              told.textContent = words.length ? shown + " of " + rows.length + " rows" : "";
            });
            const heads = [...table.tHead.rows[0].cells];
            heads.forEach((head, column) => head.firstChild.addEventListener("click", () => {
              const key = (row) => row.cells[column].dataset.v;
              const isNumber = rows.length > 0 && key(rows[0]) !== undefined;
              const before = head.getAttribute("aria-sort");
              const rises = before ? before === "descending" : !isNumber;
              for (const other of heads) other.removeAttribute("aria-sort");
              head.setAttribute("aria-sort", rises ? "ascending" : "descending");
              const text = (row) => row.cells[column].textContent;
              const order = isNumber ? (a, b) => key(a) - key(b) : (a, b) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0);
              body.append(...[...rows].sort((a, b) => (rises ? order(a, b) : order(b, a))));
            }));
          }

          // The map. A node: name, parent, kind, attributed, deduplicated, exclusive, repositories, days since a pull, pulls.
          const nodes = JSON.parse(document.getElementById("map-data").textContent);
          const drawing = document.getElementById("map-drawing"), told = document.getElementById("map-told");
          const way = document.getElementById("map-path");
          if (!nodes.length || !nodes[0][3]) { told.textContent = "Nothing is stored."; return; }
          const below = nodes.map(() => []);
          nodes.forEach((node, index) => { if (index) below[node[1]].push(index); });
          let top = 0;
          // What the root is about.
          const all = nodes[0][0] || "the registry";
          const path = (index) => {
            const parts = [];
            for (let at = index; at; at = nodes[at][1]) if (nodes[at][0]) parts.unshift(nodes[at][0]);
            // A repository with others below it stands in its own namespace, by the same name.
            if (nodes[index][2] === 1 && parts.length > 1 && nodes[nodes[index][1]][0] === nodes[index][0]) {
              const own = nodes[index][1];
              if (below[own].some((child) => child !== index)) return path(own);
            }
            return parts.join("/");
          };
          const style = (node) => node[2] === 2 ? "p5" : node[7] < 0 ? "p4" : node[7] <= 7 ? "p0" : node[7] <= 30 ? "p1" : node[7] <= 90 ? "p2" : "p3";
          const describe = (index) => {
            const node = nodes[index], count = node[6].toLocaleString("en") + (node[6] === 1 ? " repository" : " repositories");
            if (node[2] === 2) return "the rest of " + (path(node[1]) || all) + ": " + count + ", attributed " + bytes(node[3]);
            const pull = node[7] < 0 ? "no pull known" : "last pull " + (node[7] ? node[7] + " days ago" : "today");
            return (path(index) || all) + ": " + (node[2] === 1 ? "" : count + ", ") + "attributed " + bytes(node[3]) +
              ", deduplicated " + bytes(node[4]) + ", exclusive " + bytes(node[5]) + ", " + pull;
          };
          const make = (name, attributes, parent) => {
            const element = document.createElementNS("http://www.w3.org/2000/svg", name);
            for (const key in attributes) element.setAttribute(key, attributes[key]);
            parent.append(element);
            return element;
          };

          // Rows of parts that are as square as can be (Bruls, Huizing and van Wijk 2000).
          const squares = (items, x, y, width, height) => {
            const places = [];
            let left = items.reduce((sum, item) => sum + nodes[item][3], 0), start = 0;
            while (start < items.length && left > 0 && width > 0 && height > 0) {
              const side = Math.min(width, height), scale = width * height / left;
              let end = start, sum = 0, best = Infinity;
              while (end < items.length) {
                const next = sum + nodes[items[end]][3] * scale;
                const least = nodes[items[end]][3] * scale, most = nodes[items[start]][3] * scale;
                const worst = least > 0 ? Math.max(side * side * most / (next * next), next * next / (side * side * least)) : Infinity;
                if (end > start && worst > best) break;
                sum = next; best = worst; end += 1;
              }
              const thick = sum / side;
              let along = 0;
              for (let at = start; at < end; at += 1) {
                const size = nodes[items[at]][3] * scale, length = thick > 0 ? size / thick : 0;
                places.push(width >= height ? [items[at], x, y + along, thick, length] : [items[at], x + along, y, length, thick]);
                along += length;
                left -= nodes[items[at]][3];
              }
              if (width >= height) { x += thick; width -= thick; } else { y += thick; height -= thick; }
              start = end;
            }
            return places;
          };
          const sorted = (index) => below[index].filter((child) => nodes[child][3] > 0)
            .sort((a, b) => (nodes[a][2] === 2) - (nodes[b][2] === 2) || nodes[b][3] - nodes[a][3]);
          const label = (text, x, y, width, parent, name) => {
            const room = Math.floor((width - 8) / 7);
            if (room < 3) return;
            const element = make("text", { x: x + 4, y: y + 14 }, parent);
            if (name) element.setAttribute("class", name);
            element.textContent = text.length > room ? text.slice(0, room - 1) + "\u2026" : text;
          };
          const tell = (group, index) => {
            group.setAttribute("aria-label", describe(index));
            make("title", {}, group).textContent = describe(index);
            for (const event of ["focus", "mouseenter"]) group.addEventListener(event, () => { told.textContent = describe(index); });
          };
          const draw = (focused) => {
            const width = Math.max(drawing.clientWidth, 200), height = Math.max(drawing.clientHeight, 200);
            drawing.setAttribute("viewBox", "0 0 " + width + " " + height);
            drawing.replaceChildren();
            for (const [index, x, y, w, h] of squares(sorted(top), 0, 0, width, height)) {
              const node = nodes[index], opens = below[index].length > 0;
              const group = make("g", { tabindex: "0", role: opens ? "button" : "img" }, drawing);
              make("rect", { x, y, width: w, height: h, class: opens ? "frame" : style(node) }, group);
              tell(group, index);
              const name = node[2] === 2 ? node[6].toLocaleString("en") + " more" : node[0];
              const hasHead = h > 20;
              if (hasHead) label(name, x, y, w, group, opens ? "head" : "");
              if (!opens) continue;
              const head = hasHead && h > 36 ? 19 : 2;
              for (const [child, cx, cy, cw, ch] of squares(sorted(index), x + 2, y + head, Math.max(w - 4, 0), Math.max(h - head - 2, 0))) {
                if (cw < 1 || ch < 1) continue;
                const inner = make("g", {}, group);
                make("rect", { x: cx, y: cy, width: cw, height: ch, class: style(nodes[child]) }, inner);
                if (ch > 18) label(nodes[child][2] === 2 ? "\u2026" : nodes[child][0], cx, cy, cw, inner, "");
                inner.addEventListener("mouseenter", () => { told.textContent = describe(child); });
              }
              group.classList.add("into");
              const open = () => { top = index; draw(true); };
              group.addEventListener("click", open);
              group.addEventListener("keydown", (event) => {
                if (event.key === "Enter" || event.key === " ") { event.preventDefault(); open(); }
              });
            }
            way.replaceChildren();
            const steps = [];
            for (let at = top; at; at = nodes[at][1]) steps.unshift(at);
            for (const at of [0, ...steps]) {
              if (at) way.append(" / ");
              const name = at ? nodes[at][0] : all;
              const button = document.createElement(at === top ? "span" : "button");
              button.textContent = name;
              if (at !== top) button.addEventListener("click", () => { top = at; draw(true); });
              way.append(button);
            }
            told.textContent = describe(top);
            if (focused && drawing.firstChild) drawing.firstChild.focus({ preventScroll: true });
          };
          drawing.addEventListener("keydown", (event) => {
            if (event.key === "Escape" && top) { top = nodes[top][1]; draw(true); }
          });
          draw(false);
          let width = drawing.clientWidth;
          addEventListener("resize", () => {
            if (drawing.clientWidth === width) return;
            width = drawing.clientWidth;
            draw(false);
          });
        })();
        """#
}
