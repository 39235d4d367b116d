//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry

// The tables, whose rows are there without a script: it sorts and searches them.

extension CapacityPage {
    private enum Align { case text, number }

    private struct Column {
        let title: StaticString
        let align: Align

        init(_ title: StaticString, _ align: Align = .number) {
            self.title = title
            self.align = align
        }
    }

    func writeRepositories(_ page: inout HTMLText) {
        let sorted = report.repositories.sorted { one, other in
            let (left, right) = (one.figures, other.figures)
            return (left.exclusive, left.attributed, other.name) > (right.exclusive, right.attributed, one.name)
        }
        let shown = sorted.prefix(Self.repositoryRows)
        begin(&page, "repositories", "Repositories", shown.count, of: sorted.count) { page in
            page.markup("Exclusive bytes are what deleting a repository and collecting garbage gives back.")
        }
        head(
            &page,
            [
                Column("name", .text), Column("exclusive"), Column("attributed"), Column("deduplicated"),
                Column("shared"),
                Column("logical"), Column("manifests"), Column("tags"), Column("pulls"), Column("last push", .text),
                Column("last pull", .text),
            ],
            sorted: 1
        )
        let greatest = max(shown.first?.figures.exclusive ?? 0, 1)
        for repository in shown {
            row(&page, repository.name) { page in
                let figures = repository.figures
                bytes(&page, figures.exclusive, greatest: greatest)
                bytes(&page, figures.attributed)
                bytes(&page, figures.deduplicated)
                bytes(&page, figures.shared)
                bytes(&page, figures.logical)
                count(&page, figures.manifests)
                count(&page, figures.tags)
                count(&page, figures.pulls)
                date(&page, figures.lastPush)
                date(&page, figures.lastPull)
            }
        }
        end(&page)
    }

    func writeNamespaces(_ page: inout HTMLText) {
        let sorted = report.namespaces.dropFirst().sorted {
            ($0.figures.attributed, $1.name) > ($1.figures.attributed, $0.name)
        }
        let shown = sorted.prefix(Self.namespaceRows)
        begin(&page, "namespaces", "Namespaces", shown.count, of: sorted.count) { page in
            page.markup("Each with all that is below it; content that its repositories share counts once.")
        }
        head(
            &page,
            [
                Column("name", .text), Column("attributed"), Column("exclusive"), Column("deduplicated"),
                Column("shared"),
                Column("logical"), Column("repositories"), Column("tags"), Column("pulls"), Column("last push", .text),
                Column("last pull", .text),
            ],
            sorted: 1
        )
        let greatest = max(shown.first?.figures.attributed ?? 0, 1)
        for namespace in shown {
            row(&page, namespace.name) { page in
                let figures = namespace.figures
                bytes(&page, figures.attributed, greatest: greatest)
                bytes(&page, figures.exclusive)
                bytes(&page, figures.deduplicated)
                bytes(&page, figures.shared)
                bytes(&page, figures.logical)
                count(&page, Int64(namespace.repositories))
                count(&page, figures.tags)
                count(&page, figures.pulls)
                date(&page, figures.lastPush)
                date(&page, figures.lastPull)
            }
        }
        end(&page)
    }

    func writeLayers(_ page: inout HTMLText) {
        begin(&page, "layers", "Largest shared layers", layers.count, of: layers.count) { page in
            page.markup("Kept once and reached by several repositories: saved is what copies for each would take.")
        }
        let columns = [Column("digest", .text), Column("saved"), Column("size"), Column("repositories")]
        let names =
            scope == nil
            ? [Column("shared with", .text)]
            : [Column("inside"), Column("shared with, inside", .text), Column("shared with, outside", .text)]
        head(&page, columns + names, sorted: 1)
        let greatest = max(layers.map(\.saved).max() ?? 0, 1)
        for layer in layers {
            row(&page, layer.digest.description, isDigest: true) { page in
                bytes(&page, layer.saved, greatest: greatest)
                bytes(&page, layer.size)
                count(&page, layer.repositories)
                if let inside = layer.inside {
                    count(&page, inside.count)
                    list(&page, inside.names, of: inside.count)
                }
                list(&page, layer.names, of: layer.repositories - (layer.inside?.count ?? 0))
            }
        }
        end(&page)
    }

    /// Some names, and how many there are beside them.
    private func list(_ page: inout HTMLText, _ names: [String], of count: Int64) {
        page.markup("<td class=\"names\">")
        for (position, name) in names.enumerated() {
            page.markup(position > 0 ? ", <bdi>" : "<bdi>")
            page.text(name)
            page.markup("</bdi>")
        }
        let others = count - Int64(names.count)
        if others > 0 {
            page.markup(" and ")
            page.text(Quantity.count(others))
            page.markup(others == 1 ? " other" : " others")
        }
        page.markup("</td>")
    }

    func writeStale(_ page: inout HTMLText) {
        let all = stale
        let shown = all.prefix(Self.staleRows)
        begin(&page, "stale", "Stale repositories", shown.count, of: all.count) { page in
            page.markup("Without a pull for ")
            page.number(Self.staleDays)
            page.markup(" days; HEAD requests and pulls by digest count as pulls. ")
            page.markup("What only they reach takes ")
            page.text(Quantity.bytes(all.reduce(0) { $0 + $1.figures.exclusive }))
            page.markup(" or more. ")
            guard let usageSince else { return page.markup("Nothing is known of their use.") }
            if !knowsStale {
                page.markup("<strong>Use is known only since ")
                page.text(Self.date(usageSince))
                page.markup(": some of these may have been pulled before.</strong>")
            }
        }
        head(
            &page,
            [
                Column("name", .text), Column("exclusive"), Column("attributed"), Column("tags"),
                Column("last push", .text), Column("last pull", .text),
            ],
            sorted: 1
        )
        let greatest = max(shown.first?.figures.exclusive ?? 0, 1)
        for repository in shown {
            row(&page, repository.name) { page in
                bytes(&page, repository.figures.exclusive, greatest: greatest)
                bytes(&page, repository.figures.attributed)
                count(&page, repository.figures.tags)
                date(&page, repository.figures.lastPush)
                date(&page, repository.figures.lastPull)
            }
        }
        end(&page)
    }

    // MARK: Parts of tables

    private func begin(
        _ page: inout HTMLText,
        _ id: StaticString,
        _ title: StaticString,
        _ shown: Int,
        of all: Int,
        _ note: (inout HTMLText) -> Void
    ) {
        page.markup("<section aria-labelledby=\"")
        page.markup(id)
        page.markup("\">\n<h2 id=\"")
        page.markup(id)
        page.markup("\">")
        page.markup(title)
        page.markup("</h2>\n<p>")
        note(&page)
        if shown < all {
            page.markup(" The first ")
            page.text(Quantity.count(Int64(shown)))
            page.markup(" of ")
            page.text(Quantity.count(Int64(all)))
            page.markup(" are listed; <code>plimsoll report</code> has them all.")
        }
        page.markup("</p>\n<p class=\"search\"><label>Search <input type=\"search\" autocomplete=\"off\"></label> ")
        page.markup("<output aria-live=\"polite\"></output></p>\n")
        page.markup("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-labelledby=\"")
        page.markup(id)
        page.markup("\">\n<table>\n")
    }

    private func head(_ page: inout HTMLText, _ columns: [Column], sorted: Int) {
        page.markup("<thead><tr>")
        for (position, column) in columns.enumerated() {
            page.markup("<th scope=\"col\"")
            if column.align == .number { page.markup(" class=\"n\"") }
            if position == sorted { page.markup(" aria-sort=\"descending\"") }
            page.markup("><button type=\"button\">")
            page.markup(column.title)
            page.markup("</button></th>")
        }
        page.markup("</tr></thead>\n<tbody>\n")
    }

    private func end(_ page: inout HTMLText) { page.markup("</tbody>\n</table>\n</div>\n</section>\n") }

    private func row(_ page: inout HTMLText, _ name: String, isDigest: Bool = false, _ cells: (inout HTMLText) -> Void)
    {
        page.markup(isDigest ? "<tr><th scope=\"row\" class=\"digest\"><bdi>" : "<tr><th scope=\"row\"><bdi>")
        page.text(name)
        page.markup("</bdi></th>")
        cells(&page)
        page.markup("</tr>\n")
    }

    /// - Parameter greatest: what a full bar stands for; nil for no bar.
    private func bytes(_ page: inout HTMLText, _ bytes: Int64, greatest: Int64? = nil) {
        page.markup("<td class=\"n\" data-v=\"")
        page.number(bytes)
        page.markup("\" title=\"")
        page.text(Quantity.count(bytes))
        page.markup(" bytes\">")
        if let greatest {
            page.markup("<svg class=\"bar\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">")
            page.markup("<rect height=\"10\" width=\"")
            page.coordinate(100 * Double(bytes) / Double(greatest))
            page.markup("\"/></svg>")
        }
        page.text(Quantity.bytes(bytes))
        page.markup("</td>")
    }

    private func count(_ page: inout HTMLText, _ count: Int64) {
        page.markup("<td class=\"n\" data-v=\"")
        page.number(count)
        page.markup("\">")
        page.text(Quantity.count(count))
        page.markup("</td>")
    }

    private func date(_ page: inout HTMLText, _ time: WallTime?) {
        guard let time else { return page.markup("<td data-v=\"0\">–</td>") }
        page.markup("<td data-v=\"")
        page.number(time.microseconds)
        page.markup("\" title=\"")
        page.text(time.secondsDescription)
        page.markup("\">")
        page.text(Self.date(time))
        page.markup("</td>")
    }
}
