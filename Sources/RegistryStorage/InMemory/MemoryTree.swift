//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

/// The folders and files of the in-memory driver: a plain value, changed under the driver's lock.
struct MemoryTree: Sendable {
    private var root = Node.folder([:])
    private var locked: Set<StoragePath> = []

    indirect enum Node: Sendable {
        case file(ByteBuffer)
        case folder([String: Node])

        var isFolder: Bool {
            if case .folder = self { true } else { false }
        }

        /// Bytes of a file; 0 for a folder.
        var size: Int64 {
            if case .file(let bytes) = self { Int64(bytes.readableBytes) } else { 0 }
        }
    }

    func node(at path: StoragePath) -> Node? {
        var node = root
        for name in path.description.split(separator: "/") {
            guard case .folder(let children) = node, let child = children[String(name)] else { return nil }
            node = child
        }
        return node
    }

    /// Whether content may be put at a path: no other content is above it, and no folder in its place.
    func hasPlace(for path: StoragePath) -> Bool {
        var node = root
        for name in path.description.split(separator: "/") {
            guard case .folder(let children) = node else { return false }
            guard let child = children[String(name)] else { return true }
            node = child
        }
        return !node.isFolder
    }

    /// Puts a node in its place, which there must be, and makes the folders above it.
    /// - Returns: what was there.
    mutating func put(_ node: Node, at path: StoragePath) -> Node? {
        change(path) { $0.updateValue(node, forKey: $1) }
    }

    /// Takes a node out; folders above it stay.
    /// - Returns: what was there.
    mutating func remove(_ path: StoragePath) -> Node? {
        guard node(at: path) != nil else { return nil }
        return change(path) { $0.removeValue(forKey: $1) }
    }

    mutating func extend(_ path: StoragePath, by batch: ByteBuffer) {
        guard case .file = node(at: path) else { return }
        _ = change(path) { children, name in
            // Taken out and put back, so that the bytes are not copied while two hold them.
            guard case .file(var bytes) = children.removeValue(forKey: name) else { return nil }
            bytes.writeImmutableBuffer(batch)
            children[name] = .file(bytes)
            return nil
        }
    }

    /// Takes the exclusive hold of a path; false if somebody has it.
    mutating func lock(_ path: StoragePath) -> Bool { locked.insert(path).inserted }

    mutating func unlock(_ path: StoragePath) { locked.remove(path) }

    private mutating func change(_ path: StoragePath, _ body: (inout [String: Node], String) -> Node?) -> Node? {
        let names = path.description.split(separator: "/").map(String.init)
        guard let last = names.last else { return nil }
        return Self.change(&root, names.dropLast(), last, body)
    }

    private static func change(
        _ node: inout Node,
        _ folders: ArraySlice<String>,
        _ name: String,
        _ body: (inout [String: Node], String) -> Node?
    ) -> Node? {
        var children: [String: Node] = [:]
        if case .folder(let existing) = node { children = existing }
        node = .folder([:])
        defer { node = .folder(children) }
        guard let folder = folders.first else { return body(&children, name) }
        return change(&children[folder, default: .folder([:])], folders.dropFirst(), name, body)
    }
}
