//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What was pulled or pushed, grouped by something; most bytes first.
///
/// A pull of an image is a GET of a manifest that was answered with 200; a push is a PUT of one that was accepted. Bytes
/// are those of all requests of that direction, blobs included, whole or not.
package struct Transfers: LogQuery {
    private let direction: Direction
    private let grouping: Grouping
    private let filter: Filter?
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

    /// Only what concerns a repository, or one tag or digest in it.
    package struct Filter: Sendable, Equatable {
        let repository: String
        let object: String?

        /// - Parameter text: `library/alpine`, `library/alpine:3.20` or `library/alpine@sha256:…`.
        package init(_ text: String) {
            if let at = text.firstIndex(of: "@") {
                self.init(String(text[..<at]), String(text[text.index(after: at)...]))
            } else if let colon = text.lastIndex(of: ":"), !text[colon...].contains("/") {
                self.init(String(text[..<colon]), String(text[text.index(after: colon)...]))
            } else {
                self.init(text, nil)
            }
        }

        private init(_ repository: String, _ object: String?) {
            self.repository = repository
            self.object = object
        }
    }

    private struct Group {
        var images: Int64 = 0
        var blobs: Int64 = 0
        var bytes: Int64 = 0
        var first: String?
        var last: String?
    }

    package init(_ direction: Direction, by grouping: Grouping, of filter: Filter? = nil) {
        self.direction = direction
        self.grouping = grouping
        self.filter = filter
    }

    package mutating func take(_ line: LogLine) {
        guard line.isRequest, let repository = line.text(.repository), concerns(line) else { return }
        guard let kind = kind(of: line) else { return }
        if let filter {
            guard filter.repository == repository else { return }
            guard filter.object == nil || filter.object == line.text(.reference) || filter.object == line.text(.digest)
            else { return }
        }
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
        group.bytes += line.number(direction == .pulls ? .bytesOut : .bytesIn) ?? 0
        let time = line.text(.time)
        if let time {
            group.first = min(group.first ?? time, time)
            group.last = max(group.last ?? time, time)
        }
        groups[key] = group
    }

    /// What a request moved.
    private enum Kind {
        case image, blob
        /// Bytes of a blob that was not finished with it.
        case part
    }

    /// Whether content was moved, or begun to be.
    private func concerns(_ line: LogLine) -> Bool {
        guard let status = line.number(.status) else { return false }
        return (200..<300).contains(status) || line.has(.outcome, "aborted")
    }

    private func kind(of line: LogLine) -> Kind? {
        let isWhole = line.has(.outcome, "ok")
        switch direction {
        case .pulls:
            guard line.has(.method, "GET") else { return nil }
            if line.has(.route, "manifest") { return isWhole ? .image : .part }
            if line.has(.route, "blob") { return isWhole && line.number(.status) == 200 ? .blob : .part }
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
                return line.number(.status) == 201 ? .blob : .part
            }
            return nil
        }
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

    package func answer(top: Int) -> ResultTable {
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
        let sorted = groups.sorted { left, right in
            let (one, other) = (left.value, right.value)
            guard one.bytes == other.bytes else { return one.bytes > other.bytes }
            guard one.images == other.images else { return one.images > other.images }
            return left.key.map { $0 ?? "" }.lexicographicallyPrecedes(right.key.map { $0 ?? "" })
        }
        for (key, group) in sorted.prefix(top) where group.images + group.blobs + group.bytes > 0 {
            table.add(
                key.map { .init($0) } + [
                    .number(group.images), .number(group.blobs), .number(group.bytes), .init(group.first),
                    .init(group.last),
                ]
            )
        }
        return table
    }
}
