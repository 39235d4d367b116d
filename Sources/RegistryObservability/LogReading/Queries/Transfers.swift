//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What was pulled or pushed, grouped by something; most bytes first.
///
/// A pull of an image is a GET of a manifest that was answered with 200; a push is a PUT of one that was accepted. A
/// blob is pulled by a GET that was answered with all of it, or sent to the storage for it. Bytes are those that the
/// registry itself moved in all requests of that direction, blobs included, whole or not; what a storage sends is not in
/// them.
package struct Transfers: LogQuery {
    private let direction: Direction
    private let grouping: Grouping
    private let filter: TransferFilter?
    /// The digests that clients were told for the tag that the filter names.
    private var resolved: Set<Resolution> = []
    /// Whether a line names the filter's repository.
    private(set) package var hasMetRepository = false
    private var groups: [[String?]: Group] = [:]

    package enum Direction: Sendable {
        case pulls, pushes
    }

    /// What rows stand for.
    package enum Grouping: Sendable {
        /// Repositories.
        case repository
        /// Who did it: user, address without the port, and program.
        case actor
    }

    /// A client, which is an address and a user, was told a digest.
    private struct Resolution: Hashable {
        let user: String?
        let address: String?
        let digest: String
    }

    private struct Group {
        var images: Int64 = 0
        var blobs: Int64 = 0
        var bytes: Int64 = 0
        var first: String?
        var last: String?
    }

    package init(_ direction: Direction, by grouping: Grouping, of filter: TransferFilter? = nil) {
        self.direction = direction
        self.grouping = grouping
        self.filter = filter
    }

    package mutating func take(_ line: LogLine) {
        guard line.isRequest, let repository = line.text(.repository) else { return }
        if let filter {
            guard filter.repository == repository else { return }
            hasMetRepository = true
            guard matches(line, filter) else { return }
            note(line, filter)
        }
        guard concerns(line), let kind = kind(of: line) else { return }
        let key: [String?] =
            switch grouping {
            case .repository: [repository]
            case .actor: [line.text(.user), line.text(.remoteAddress).map(Self.host), line.text(.client)]
            }
        var group = groups[key] ?? Group()
        switch kind {
        case .image: group.images += 1
        case .blob: group.blobs += 1
        case .part: break
        }
        group.bytes.add(saturating: line.number(direction == .pulls ? .bytesOut : .bytesIn) ?? 0)
        let time = line.text(.time)
        if let time {
            group.first = min(group.first ?? time, time)
            group.last = max(group.last ?? time, time)
        }
        groups[key] = group
    }

    /// Whether a line is about what the filter names.
    ///
    /// Clients ask for a tag's digest first (HEAD), and then for the manifest by this digest.
    private func matches(_ line: LogLine, _ filter: TransferFilter) -> Bool {
        guard let object = filter.object else { return true }
        if object == line.text(.reference) || object == line.text(.digest) { return true }
        guard !resolved.isEmpty, line.has(.route, "manifest") else { return false }
        let reference = line.text(.reference)
        // No tag has a colon: what is asked for by another tag is no pull of this one.
        guard reference?.contains(":") ?? true else { return false }
        return [reference, line.text(.digest)].contains { digest in
            digest.map { resolved.contains(resolution(line, $0)) } ?? false
        }
    }

    private mutating func note(_ line: LogLine, _ filter: TransferFilter) {
        guard filter.isTag, line.has(.route, "manifest"), line.has(.method, "HEAD") || line.has(.method, "GET"),
            filter.object == line.text(.reference), line.has(.outcome, "ok"), let digest = line.text(.digest)
        else { return }
        resolved.insert(resolution(line, digest))
    }

    private func resolution(_ line: LogLine, _ digest: String) -> Resolution {
        Resolution(user: line.text(.user), address: line.text(.remoteAddress).map(Self.host), digest: digest)
    }

    /// What a request moved.
    private enum Kind {
        case image, blob
        /// Bytes of a blob that was not finished with it.
        case part
    }

    /// Whether content was moved, or begun to be.
    private func concerns(_ line: LogLine) -> Bool {
        guard let status = status(of: line) else { return false }
        return (200..<300).contains(status) || Self.isRedirect(line, status) || line.has(.outcome, "aborted")
    }

    /// The status that tells what became of a request: a push is stored, though its client did not wait for the answer.
    private func status(of line: LogLine) -> Int64? {
        let unsent = direction == .pushes ? line.number(.unsentStatus) : nil
        return unsent ?? line.number(.status)
    }

    /// Whether the client was sent to the storage for a blob: by us with 307, by other servers with what else means that
    /// it is there for now.
    private static func isRedirect(_ line: LogLine, _ status: Int64) -> Bool {
        [302, 303, 307].contains(status) && line.has(.route, "blob")
    }

    private func kind(of line: LogLine) -> Kind? {
        let isWhole = line.has(.outcome, "ok") || isStoredUnsent(line)
        switch direction {
        case .pulls:
            guard line.has(.method, "GET") else { return nil }
            if line.has(.route, "manifest") { return isWhole ? .image : .part }
            if line.has(.route, "blob") {
                let isAll = line.number(.status).map { $0 == 200 || Self.isRedirect(line, $0) } ?? false
                return isWhole && isAll ? .blob : .part
            }
            return nil
        case .pushes:
            let isPut = line.has(.method, "PUT")
            if line.has(.route, "manifest") { return isPut ? (isWhole ? .image : .part) : nil }
            if line.has(.route, "blob_upload_chunk") {
                guard isPut || line.has(.method, "PATCH") else { return nil }
                return isPut && isWhole ? .blob : .part
            }
            if line.has(.route, "blob_upload"), line.has(.method, "POST") {
                // In one request, or mounted from another repository.
                return status(of: line) == 201 ? .blob : .part
            }
            return nil
        }
    }

    private func isStoredUnsent(_ line: LogLine) -> Bool {
        direction == .pushes && (line.number(.unsentStatus).map { (200..<300).contains($0) } ?? false)
    }

    /// The address without its port: `192.0.2.1:80`, `[2001:db8::1]:80`.
    private static func host(_ address: String) -> String {
        if address.hasPrefix("["), let end = address.lastIndex(of: "]") {
            return String(address[..<end].dropFirst())
        }
        // An address of IPv6 has more than one.
        guard let colon = address.firstIndex(of: ":"), colon == address.lastIndex(of: ":") else { return address }
        return String(address[..<colon])
    }

    package func answer(top: Int?) -> ResultTable {
        let names: [ResultTable.Column] =
            switch grouping {
            case .repository: [.init("repository")]
            case .actor: [.init("user"), .init("address"), .init("client")]
            }
        var table = ResultTable(
            names + [
                .init(direction == .pulls ? "pulls" : "pushes", .count), .init("blobs", .count),
                .init("bytes", .bytes), .init("first"), .init("last"),
            ]
        )
        let found = groups.filter { $0.value.images > 0 || $0.value.blobs > 0 || $0.value.bytes > 0 }
        let sorted = found.sorted { left, right in
            let (one, other) = (left.value, right.value)
            guard one.bytes == other.bytes else { return one.bytes > other.bytes }
            guard one.images == other.images else { return one.images > other.images }
            return left.key.map { $0 ?? "" }.lexicographicallyPrecedes(right.key.map { $0 ?? "" })
        }
        for (key, group) in sorted.prefix(top ?? .max) {
            table.add(
                key.map { .init($0) } + [
                    .number(group.images), .number(group.blobs), .number(group.bytes), .init(group.first),
                    .init(group.last),
                ]
            )
        }
        table.omitted = sorted.count - table.rows.count
        return table
    }
}
