//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryStorage

/// Finds out of the tables what nothing needs.
///
/// Each table is gone through once, in its own order, with a bit for each blob in memory.
struct LedgerMark {
    let database: SQLiteConnection
    let rules: MarkRules
    /// Tags that count as if they were gone, by their repositories.
    var goneTags: [String: Set<String>] = [:]

    private struct State {
        /// Manifests that are needed.
        var live: Bits
        /// All content that is needed.
        var marked: Bits
        /// Manifests of which it is kept what they say.
        var known: Bits
        var children: [Int64: [Int64]] = [:]
        var subjects: [Int64: Int64] = [:]
        /// Manifests of each repository that will be unlinked.
        var untagged: [Int64: [Int64]] = [:]
        /// Links under another name than the content's, by the content.
        var aliases: [Int64: [(repository: Int64, blob: Int64)]] = [:]
    }

    func run() throws(SQLiteError) -> Unreachable {
        let names = try names()
        let last = try database.first("SELECT coalesce(max(id), 0) FROM blobs") { $0.integer(0) } ?? 0
        var state = State(live: Bits(last), marked: Bits(last), known: Bits(last))
        try readManifests(&state)
        if rules.deletesUntagged { try markTagged(&state, names) } else { try markLinked(&state) }
        spread(&state)
        try markReferences(&state)
        return try collect(state, names)
    }

    private func names() throws(SQLiteError) -> [Int64: RepositoryName] {
        var names: [Int64: RepositoryName] = [:]
        try database.each("SELECT id, name FROM repositories") { (row) throws(SQLiteError) in
            names[row.integer(0)] = try? RepositoryName(row.text(1))
            return true
        }
        return names
    }

    private func readManifests(_ state: inout State) throws(SQLiteError) {
        let manifests = try database.cursor("SELECT id, subject FROM manifests")
        while let row = try manifests.next() {
            state.known.insert(row.integer(0))
            if let subject = row.optionalInteger(1) { state.subjects[row.integer(0)] = subject }
        }
        let children = try database.cursor("SELECT manifest, target FROM manifest_references WHERE kind = 3")
        while let row = try children.next() { state.children[row.integer(0), default: []].append(row.integer(1)) }
    }

    /// All that any repository has.
    private func markLinked(_ state: inout State) throws(SQLiteError) {
        let links = try database.cursor("SELECT manifest FROM manifest_links")
        while let row = try links.next() { state.live.insert(row.integer(0)) }
        let tags = try database.cursor("SELECT manifest FROM tags WHERE manifest IS NOT NULL")
        while let row = try tags.next() { state.live.insert(row.integer(0)) }
    }

    /// What tags lead to, and what that needs, repository by repository: both tables are in that order.
    private func markTagged(_ state: inout State, _ names: [Int64: RepositoryName]) throws(SQLiteError) {
        let links = try database.cursor("SELECT repository, manifest FROM manifest_links ORDER BY repository, manifest")
        let tags = try database.cursor(
            "SELECT repository, manifest, name FROM tags WHERE manifest IS NOT NULL ORDER BY repository"
        )
        func nextTag() throws(SQLiteError) -> (Int64, Int64)? {
            while let row = try tags.next() {
                if goneTags.isEmpty { return (row.integer(0), row.integer(1)) }
                let name = names[row.integer(0)]?.description ?? ""
                if goneTags[name]?.contains(row.text(2)) != true { return (row.integer(0), row.integer(1)) }
            }
            return nil
        }
        var link = try links.next().map { ($0.integer(0), $0.integer(1)) }
        var tag = try nextTag()
        while let repository = [link?.0, tag?.0].compactMap(\.self).min() {
            var liveness = Liveness<Int64>(linked: [], tagged: [], rules: rules)
            while let (owner, manifest) = link, owner == repository {
                liveness.linked.insert(manifest)
                link = try links.next().map { ($0.integer(0), $0.integer(1)) }
            }
            while let (owner, manifest) = tag, owner == repository {
                liveness.tagged.append(manifest)
                tag = try nextTag()
            }
            let live = liveness.live(children: { state.children[$0] ?? [] }, subject: { state.subjects[$0] })
            for manifest in live { state.live.insert(manifest) }
            let untagged = liveness.linked.subtracting(live)
            if !untagged.isEmpty { state.untagged[repository] = untagged.sorted() }
        }
    }

    /// Manifests of an index are needed as content, whether or not the repository links to them.
    private func spread(_ state: inout State) {
        var waiting = state.children.keys.filter { state.live.contains($0) }
        while let manifest = waiting.popLast() {
            for child in state.children[manifest] ?? [] where !state.live.contains(child) {
                state.live.insert(child)
                waiting.append(child)
            }
        }
    }

    private func markReferences(_ state: inout State) throws(SQLiteError) {
        state.marked = state.live
        let references = try database.cursor("SELECT manifest, target FROM manifest_references")
        while let row = try references.next() {
            guard state.live.contains(row.integer(0)) else { continue }
            state.marked.insert(row.integer(1))
        }
        let aliases = try database.cursor("SELECT repository, blob, target FROM layer_links WHERE target != blob")
        while let row = try aliases.next() {
            state.aliases[row.integer(2), default: []].append((row.integer(0), row.integer(1)))
            if state.marked.contains(row.integer(1)) { state.marked.insert(row.integer(2)) }
        }
    }

    // MARK: The result

    private func collect(_ state: State, _ names: [Int64: RepositoryName]) throws(SQLiteError) -> Unreachable {
        var found = Unreachable()
        var digests: [Int64: Digest] = [:]
        for (repository, manifests) in state.untagged {
            guard let name = names[repository] else { continue }
            for manifest in manifests {
                if digests[manifest] == nil { digests[manifest] = try digest(manifest) }
                if let digest = digests[manifest] { found.manifests.append(.init(name, digest)) }
            }
        }
        found.manifests.sort { ($0.repository, $0.digest.description) < ($1.repository, $1.digest.description) }
        let blobs = try database.cursor("SELECT id, digest, size FROM blobs WHERE size IS NOT NULL ORDER BY digest")
        while let row = try blobs.next() {
            let id = row.integer(0)
            if state.marked.contains(id) {
                found.markedBlobs += 1
                found.markedBytes += row.integer(2)
                if state.live.contains(id), !state.known.contains(id), let digest = row.digest(1) {
                    found.unread.append(digest)
                }
            } else if let digest = row.digest(1) {
                var blob = Unreachable.Blob(digest, size: row.integer(2))
                blob.links = try links(to: id, digest, state, names)
                found.blobs.append(blob)
            }
        }
        found.repositories = try emptyRepositories(state, names)
        return found
    }

    private func links(
        to blob: Int64,
        _ digest: Digest,
        _ state: State,
        _ names: [Int64: RepositoryName]
    ) throws(SQLiteError) -> [Unreachable.Link] {
        let repositories = try database.rows("SELECT repository FROM layer_links WHERE blob = ?1", .integer(blob)) {
            $0.integer(0)
        }
        var links = repositories.compactMap { names[$0].map { Unreachable.Link($0, digest) } }
        for alias in state.aliases[blob] ?? [] {
            guard let name = names[alias.repository], let other = try self.digest(alias.blob) else { continue }
            links.append(.init(name, other))
        }
        return links
    }

    private func emptyRepositories(_ state: State, _ names: [Int64: RepositoryName]) throws(SQLiteError)
        -> [RepositoryName]
    {
        let candidates = try database.rows(
            """
            SELECT id, manifest_count FROM repositories WHERE is_listed = 1 AND tag_count = 0
                AND NOT EXISTS (SELECT 1 FROM uploads WHERE repository = repositories.id)
            """
        ) { ($0.integer(0), $0.integer(1)) }
        return candidates.filter { Int64(state.untagged[$0.0]?.count ?? 0) == $0.1 }.compactMap { names[$0.0] }.sorted()
    }

    private func digest(_ blob: Int64) throws(SQLiteError) -> Digest? {
        try database.first("SELECT digest FROM blobs WHERE id = ?1", .integer(blob)) { $0.digest(0) } ?? nil
    }
}

/// A set of small numbers above 0, a bit each.
struct Bits {
    private var words: [UInt64]

    /// - Parameter last: the largest number.
    init(_ last: Int64) { words = Array(repeating: 0, count: Int(last >> 6) + 1) }

    /// Numbers beyond the largest are left out.
    mutating func insert(_ number: Int64) {
        let word = Int(number >> 6)
        guard word < words.count else { return }
        words[word] |= 1 << UInt64(number & 63)
    }

    func contains(_ number: Int64) -> Bool {
        let word = Int(number >> 6)
        return word < words.count && words[word] & (1 << UInt64(number & 63)) != 0
    }
}
