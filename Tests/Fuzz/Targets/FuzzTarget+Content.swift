//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration
import RegistryModel
import RegistryTelemetry

@testable import RegistryObservability

extension FuzzTarget {
    static func manifest(_ bytes: [UInt8]) throws(BrokenPromise) {
        for declared in [MediaType?.none, .ociManifest, .ociIndex, .dockerList] {
            guard let facts = try? ManifestFacts(bytes: bytes, declared: declared) else { continue }
            for descriptor in facts.blobs + facts.manifests + (facts.subject.map { [$0] } ?? []) {
                try promise((try? Digest(descriptor.digest.description)) == descriptor.digest, "\(descriptor)")
            }
        }
    }

    /// An expression, and behind a line feed what it is held against.
    static func pattern(_ text: String) throws(BrokenPromise) {
        let parts = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        guard let pattern = try? Pattern(String(parts[0])) else { return }
        let subject = parts.count > 1 ? String(parts[1].prefix(512)) : ""
        _ = pattern.matches(subject)
        // What may be nothing is everywhere.
        guard !parts[0].contains("\\Q"), let either = try? Pattern("\(parts[0])|") else { return }
        try promise(either.matches(subject), text)
    }

    static func mediaType(_ text: String) throws(BrokenPromise) {
        let type = MediaType(text)
        guard type.isWellFormed else { return }
        // It is answered as a header.
        try promise(type.description.utf8.allSatisfy { (0x20..<0x7f).contains($0) }, "\(type)")
        try promise(MediaType(type.description) == type, "\(type)")
    }

    static func digest(_ text: String) throws(BrokenPromise) {
        guard let digest = try? Digest(text) else { return }
        try promise(digest.description == text, text)
    }

    static func reference(_ text: String) throws(BrokenPromise) {
        if let name = try? RepositoryName(text) {
            try promise(name.description == text && text.utf8.count <= 255, text)
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            try promise(parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }, text)
        }
        if let tag = try? Tag(text) {
            try promise(tag.description == text && !text.contains("/") && !text.hasPrefix("."), text)
        }
        if let reference = try? Reference(text) { try promise(reference.description == text, text) }
        if let id = try? UploadID(text) {
            try promise(id.description == text && !text.contains("/") && text != "." && text != "..", text)
        }
    }

    static func export(_ bytes: [UInt8]) {
        for isJSON in [true, false] {
            for status in [200, 400, 503] {
                let header = String(decoding: bytes.prefix(40), as: UTF8.self)
                _ = ExportResponse.outcome(status: status, retryAfter: header, body: bytes, isJSON: isJSON)
            }
        }
    }

    static func httpDate(_ text: String) {
        _ = HTTPDate.time(text)
        _ = HTTPDate.delay(retryAfter: text)
    }

    static func configuration(_ text: String) throws(BrokenPromise) {
        do throws(ConfigurationFailure) {
            _ = try RegistryConfiguration.load(yaml: text, file: "config.yml", environment: [:])
        } catch {
            try promise(!error.description.isEmpty, "refused without a reason")
        }
        // A variable may hold a whole section.
        _ = try? RegistryConfiguration.load(
            yaml: "version: 0.1\nstorage: {inmemory: {}}\n",
            file: "config.yml",
            environment: ["REGISTRY_HTTP": text, "REGISTRY_LOG_FIELDS": text, "REGISTRY_AUTH": text]
        )
    }

    static func logLine(_ bytes: [UInt8]) throws(BrokenPromise) {
        try bytes.withUnsafeBufferPointer { (buffer) throws(BrokenPromise) in
            let line = LogLine(buffer)
            _ = (line.time, line.entryNumber, line.isRequest)
            for member in line.object?.all ?? [] {
                _ = (FlatObject.text(member.value), FlatObject.number(member.value))
            }
        }
        try bytes.withUnsafeBufferPointer { (buffer) throws(BrokenPromise) in
            guard let line = CombinedLine(buffer) else { return }
            try promise(line.withLine { $0.object != nil && $0.time != nil }, "a combined line without its fields")
        }
        for section in [EncodedEntry.Section.line, .fields, .combined] {
            guard let spilled = SpilledEntry(bytes, of: .file, section) else { continue }
            var line = TextBuffer(capacity: 100)
            spilled.entry.appendLine(spilled.sequence, to: &line)
            try promise(line.bytes.last == .lineFeed, "a spilled line without an end")
        }
    }
}
