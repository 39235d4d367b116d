//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
package import RegistryTelemetry

/// What is known of an object.
package struct ObjectFacts: Sendable, Equatable {
    /// Bytes.
    package var size: Int64
    /// Tells the object from another that was put under the same key: its entity tag.
    package var version: String
    package var mark: ObjectMark

    package init(size: Int64, version: String, mark: ObjectMark = .none) {
        self.size = size
        self.version = version
        self.mark = mark
    }
}

/// What stands in an object's own metadata.
package enum ObjectMark: Sendable, Equatable {
    case none
    /// The first segment of content that is appended to: others may follow under keys of their own.
    case appended

    /// The name of the metadata, after the vendor's prefix, and its value.
    package static let name = "plimsoll"
    package static let value = "appended"

    /// - Parameter text: of the metadata; nil where there is none.
    package init(_ text: String?) { self = text == Self.value ? .appended : .none }
}

/// An object that is being read.
package struct ObjectReading: Sendable {
    /// Of the whole object.
    package var facts: ObjectFacts
    /// The bytes that come.
    package var range: Range<Int64>
    package var stream: any ObjectStream

    package init(_ facts: ObjectFacts, _ range: Range<Int64>, _ stream: any ObjectStream) {
        self.facts = facts
        self.range = range
        self.stream = stream
    }
}

/// Bytes as they come; read by one task at a time, and given up by being dropped.
package protocol ObjectStream: Sendable {
    /// The next bytes, nil at the end.
    /// - Throws: when the connection breaks, or the end comes too early or too late.
    func next() async throws(ObjectStoreError) -> ByteBuffer?
}

extension ObjectStream {
    /// All that is to come.
    package func collect() async throws(ObjectStoreError) -> ByteBuffer {
        guard var whole = try await next() else { return ByteBuffer() }
        while var more = try await next() { whole.writeBuffer(&more) }
        return whole
    }
}

/// Bytes to be sent, more than once if need be.
package struct ObjectBytes: Sendable {
    /// One after the other.
    package private(set) var buffers: [ByteBuffer]
    package private(set) var count: Int64

    package init(_ buffers: [ByteBuffer] = []) {
        self.buffers = buffers
        self.count = buffers.reduce(0) { $0 + Int64($1.readableBytes) }
    }

    package mutating func append(_ buffer: ByteBuffer) {
        guard buffer.readableBytes > 0 else { return }
        buffers.append(buffer)
        count += Int64(buffer.readableBytes)
    }

    /// Takes bytes from the front, without copying them.
    package mutating func take(_ wanted: Int64) -> ObjectBytes {
        var taken = ObjectBytes()
        while taken.count < wanted, !buffers.isEmpty {
            let missing = Int(min(wanted - taken.count, Int64(buffers[0].readableBytes)))
            if let slice = buffers[0].readSlice(length: missing) { taken.append(slice) }
            if buffers[0].readableBytes == 0 { buffers.removeFirst() }
        }
        count -= taken.count
        return taken
    }
}

/// What of the keys is wanted.
package struct ObjectListing: Sendable {
    /// How all keys begin.
    package var prefix: String
    /// Whether keys that go on after a slash behind the prefix are told once, as a folder.
    package var hasFolders: Bool
    /// Only keys after this one; it may be none that there is.
    package var after: String?
    /// Where the page before has ended, in the store's own words; it wins over `after`.
    package var token: String?
    /// The most keys and folders of the page, at least 1.
    package var limit: Int

    package init(
        _ prefix: String,
        hasFolders: Bool = false,
        after: String? = nil,
        token: String? = nil,
        limit: Int = 1_000
    ) {
        self.prefix = prefix
        self.hasFolders = hasFolders
        self.after = after
        self.token = token
        self.limit = limit
    }
}

/// A page of keys.
package struct ObjectPage: Sendable {
    /// In byte order.
    package var objects: [Entry] = []
    /// Prefixes up to and with the slash, in byte order.
    package var folders: [String] = []
    /// Where the next page begins; nil after the last.
    package var next: String?

    package init() {}

    package struct Entry: Sendable, Equatable {
        package var key: String
        package var size: Int64
        /// When it was put.
        package var modified: WallTime?

        package init(_ key: String, size: Int64, modified: WallTime? = nil) {
            self.key = key
            self.size = size
            self.modified = modified
        }
    }
}

/// An object that is put in parts.
package struct MultipartUpload: Sendable, Equatable {
    package var key: String
    /// The store's own name of it.
    package var id: String
    package var begun: WallTime?

    package init(_ key: String, id: String, begun: WallTime? = nil) {
        self.key = key
        self.id = id
        self.begun = begun
    }
}

/// A page of uploads in parts.
package struct MultipartPage: Sendable {
    package var uploads: [MultipartUpload] = []
    /// Where the next page begins; nil after the last.
    package var next: String?

    package init() {}
}

/// A part that the store has.
package struct UploadedPart: Sendable, Equatable {
    package var number: Int
    /// What the store calls it: an entity tag, the id of a block.
    package var tag: String
    package var size: Int64

    package init(_ number: Int, tag: String, size: Int64) {
        self.number = number
        self.tag = tag
        self.size = size
    }
}
