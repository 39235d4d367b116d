//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryTelemetry

extension AzureObjectStore {
    /// Nothing is asked for: the first block makes it an upload.
    ///
    /// Only what others have written is looked at: distribution's driver makes blobs that are appended to, which take no
    /// blocks, and blocks of others may have ids of another length. It is made a blob of ours first, once, since that throws
    /// away all blocks that are no part of it.
    package func begin(_ key: String, _ mark: ObjectMark) async throws(ObjectStoreError) -> MultipartUpload {
        do throws(ObjectStoreError) {
            let answer = try await send(.begin, Call("HEAD", key))
            if answer[Self.mark] == nil { try await copy(key, size: answer.length ?? 0, to: key, .none) }
        } catch {
            guard error.code == .notFound else { throw error }
        }
        return MultipartUpload(key, id: UploadName.make(begun: clock.now, mark), begun: clock.now)
    }

    package func putPart(_ number: Int, of upload: MultipartUpload, _ content: ObjectBytes)
        async throws(ObjectStoreError) -> UploadedPart
    {
        var call = blockCall(number, upload)
        call.body = content
        _ = try await send(.part, call)
        return UploadedPart(number, tag: AzureBlockID(upload.id, number).encoded, size: content.count)
    }

    package func copyPart(
        _ number: Int,
        of upload: MultipartUpload,
        from source: String,
        _ range: Range<Int64>?,
        size: Int64
    ) async throws(ObjectStoreError) -> UploadedPart {
        let copied = CopiedBlock(id: AzureBlockID(upload.id, number).encoded, source: source, range: range)
        try await copyBlock(number, upload, copied)
        return UploadedPart(number, tag: copied.tag, size: size)
    }

    private func copyBlock(_ number: Int, _ upload: MultipartUpload, _ copied: CopiedBlock)
        async throws(ObjectStoreError)
    {
        var call = blockCall(number, upload)
        call.source = copied.source
        if let range = copied.range {
            call.headers.append(("x-ms-source-range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)"))
        }
        _ = try await send(.partCopy, call)
    }

    private func blockCall(_ number: Int, _ upload: MultipartUpload) -> Call {
        var call = Call("PUT", upload.key)
        call.query = [("comp", "block"), ("blockid", AzureBlockID(upload.id, number).encoded)]
        return call
    }

    package func complete(_ upload: MultipartUpload, _ parts: [UploadedPart]) async throws(ObjectStoreError) {
        let list = parts.map { "<Latest>\(xmlEscaped(CopiedBlock.id($0.tag)))</Latest>" }.joined()
        var call = Call("PUT", upload.key)
        call.query = [("comp", "blocklist")]
        call.headers = [
            ("content-type", "application/xml"), ("x-ms-blob-content-type", "application/octet-stream"),
            markHeader(UploadName.mark(upload.id)),
        ]
        call.body = ObjectBytes([ByteBuffer(string: "<BlockList>\(list)</BlockList>")])
        var tries = 0
        while true {
            do throws(ObjectStoreError) {
                _ = try await send(.complete, call)
                return
            } catch {
                // Somebody has put the same object meanwhile, by which all other blocks of it are thrown away.
                guard error.isAzure("InvalidBlockList"), tries < Self.mostRepairs else { throw error }
                tries += 1
                try await copyAgain(upload, parts, after: error)
            }
        }
    }

    private static let mostRepairs = 3
    private static let copiesInFlight = 16

    /// Copies blocks once more whose source is known.
    private func copyAgain(_ upload: MultipartUpload, _ parts: [UploadedPart], after error: ObjectStoreError)
        async throws(ObjectStoreError)
    {
        _ = try await concurrently(parts, Self.copiesInFlight) { part throws(ObjectStoreError) in
            guard let copied = CopiedBlock(part.tag) else { throw error }
            try await copyBlock(part.number, upload, copied)
        }
    }

    /// Has the blocks of an object that is not there thrown away, by putting one that counts as none.
    package func abort(_ upload: MultipartUpload) async throws(ObjectStoreError) {
        let blocks = try await uncommitted(upload.key)
        // What others are putting stays.
        guard !blocks.isEmpty, blocks.allSatisfy({ $0.id?.upload == upload.id }) else { return }
        var call = Call("PUT", upload.key)
        call.headers = [("x-ms-blob-type", "BlockBlob"), (Self.mark, Self.void), ("if-none-match", "*")]
        do throws(ObjectStoreError) { _ = try await send(.abort, call) } catch {
            guard error.code == .preconditionFailed else { throw error }
        }
        // There may be an object meanwhile, and it may be this one of a try before; Azure throws blocks away within a week.
        let answer = try await send(.head, Call("HEAD", upload.key))
        guard answer[Self.mark] == Self.void else { return }
        do throws(ObjectStoreError) { try await delete(upload.key, version: answer["ETag"]) } catch {
            guard error.code == .preconditionFailed else { throw error }
        }
    }

    package func uploads(under prefix: String, after marker: String?) async throws(ObjectStoreError) -> MultipartPage {
        var call = Call("GET", nil)
        call.query = [
            ("restype", "container"), ("comp", "list"), ("prefix", prefix), ("include", "uncommittedblobs"),
            ("maxresults", "\(bounds.listKeys)"),
        ]
        if let marker { call.query.append(("marker", marker)) }
        let (listed, empty) = try await page(.uploads, call)
        let found = try await concurrently(empty, Self.copiesInFlight) { key throws(ObjectStoreError) in
            let uploads = try await uncommitted(key).compactMap(\.id?.upload)
            return Set(uploads).sorted().map { MultipartUpload(key, id: $0, begun: UploadName.begun($0)) }
        }
        var page = MultipartPage()
        page.uploads = found.flatMap(\.self)
        page.next = listed.next
        return page
    }

    package func parts(of upload: MultipartUpload) async throws(ObjectStoreError) -> [UploadedPart] {
        try await uncommitted(upload.key).compactMap { block in
            guard let id = block.id, id.upload == upload.id else { return nil }
            return UploadedPart(id.number, tag: id.encoded, size: block.size)
        }.sorted { $0.number < $1.number }
    }

    /// Blocks of a key that are no part of an object.
    private func uncommitted(_ key: String) async throws(ObjectStoreError) -> [(id: AzureBlockID?, size: Int64)] {
        var call = Call("GET", key)
        call.query = [("comp", "blocklist"), ("blocklisttype", "uncommitted")]
        let answer: BackendAnswer
        do throws(ObjectStoreError) { answer = try await send(.parts, call) } catch {
            // None, or a blob that has no blocks.
            guard error.code == .notFound || error.isAzure("InvalidBlobType") else { throw error }
            return []
        }
        guard let document = XMLElement(answer.body), document.name == "BlockList" else {
            throw ObjectStoreError(.failed, status: answer.status, "no list of blocks")
        }
        return document["UncommittedBlocks"]?.all("Block").map { block in
            (AzureBlockID(encoded: block.text("Name") ?? ""), block.text("Size").flatMap { Int64($0) } ?? 0)
        } ?? []
    }
}

/// A block that is a copy, with where it came from, so that it can be made again.
private struct CopiedBlock {
    var id: String
    var source: String
    var range: Range<Int64>?

    init(id: String, source: String, range: Range<Int64>?) {
        self.id = id
        self.source = source
        self.range = range
    }

    /// The parts of a tag; no id has a space in it.
    init?(_ tag: String) {
        let parts = tag.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, let first = Int64(parts[1]), let end = Int64(parts[2]), first <= end else { return nil }
        self.init(id: String(parts[0]), source: String(parts[3]), range: first == end ? nil : first..<end)
    }

    var tag: String { "\(id) \(range?.lowerBound ?? 0) \(range?.upperBound ?? 0) \(source)" }

    /// The id of a block, copied or not.
    static func id(_ tag: String) -> String { tag.prefix { $0 != " " }.description }
}
