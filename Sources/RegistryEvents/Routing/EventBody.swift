//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryStorage
import RegistryTelemetry

/// An event as distribution writes it, on one line.
///
/// Source: distribution 2.8.2, `notifications/event.go`, and what its server sends: members in this order; `length` is
/// `size` once more; what is deleted has neither type nor address; an actor without a name is empty.
struct EventBody {
    let id: String
    let event: StorageEvent
    let origin: MutationOrigin
    let source: EventSource
    let includesReferences: Bool

    var text: String {
        var text = ""
        text.reserveCapacity(1024)
        text += #"{"id":""# + id + #"","timestamp":""# + origin.time.nanosecondText + #"","action":""#
        text += event.action.rawValue + #"","target":{"#
        appendTarget(to: &text)
        text += #"},"request":{"#
        appendRequest(to: &text)
        text += #"},"actor":{"#
        if let actor = origin.actor, !actor.isEmpty { text += #""name":"# + actor.jsonQuoted }
        text += #"},"source":{"addr":"# + source.address.jsonQuoted
        text += #","instanceID":""# + source.instance + #""}}"#
        return text
    }

    private func appendTarget(to text: inout String) {
        var tag: Tag?
        var path = ""
        switch event.subject {
        case .manifest(let descriptor, let name):
            tag = name
            path = "manifests"
            Self.append(descriptor, to: &text)
            text += ","
        case .blob(let descriptor):
            path = "blobs"
            Self.append(descriptor, to: &text)
            text += ","
        case .deletedManifest(let digest), .deletedBlob(let digest):
            text += #""digest":""# + digest.description + #"","#
        case .deletedTag(let name): tag = name
        }
        if let descriptor = event.descriptor, descriptor.size > 0 { text += #""length":\#(descriptor.size),"# }
        text += #""repository":""# + event.repository.description + "\""
        if let source = event.source { text += #","fromRepository":""# + source.description + "\"" }
        if let descriptor = event.descriptor {
            let base = (origin.request?.baseAddress ?? "").jsonQuoted.dropLast()
            text += #","url":"# + base + "/v2/\(event.repository)/\(path)/\(descriptor.digest)\""
        }
        if let tag { text += #","tag":""# + tag.description + "\"" }
        guard includesReferences, let manifest = event.manifest else { return }
        let references = ManifestReferences.text(of: manifest.readableBytesView)
        if let references { text += #","references":"# + references }
    }

    private static func append(_ descriptor: Descriptor, to text: inout String) {
        let type = descriptor.mediaType.description
        if !type.isEmpty { text += #""mediaType":"# + type.jsonQuoted + "," }
        if descriptor.size > 0 { text += #""size":\#(descriptor.size),"# }
        text += #""digest":""# + descriptor.digest.description + "\""
    }

    /// Members without a value are left out, as there, but for the last.
    private func appendRequest(to text: inout String) {
        let members = [
            ("id", origin.requestID), ("addr", origin.request?.address), ("host", origin.request?.host),
            ("method", origin.request?.method),
        ]
        for (name, value) in members {
            guard let value, !value.isEmpty else { continue }
            text += "\"" + name + "\":" + value.jsonQuoted + ","
        }
        text += "\"useragent\":" + (origin.request?.userAgent ?? "").jsonQuoted
    }
}

extension WallTime {
    /// RFC 3339 with as many digits of a second as there are, as Go writes it (`time.RFC3339Nano`).
    var nanosecondText: String {
        var digits = Substring(description).dropLast()
        while digits.last == "0" { digits.removeLast() }
        if digits.last == "." { digits.removeLast() }
        return digits + "Z"
    }
}
