//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import RegistryModel
import RegistryTelemetry

@testable import RegistryAuth
@testable import RegistryHTTP
@testable import RegistryObservability

extension FuzzTarget {
    static func upgrade(_ bytes: [UInt8]) throws(BrokenPromise) {
        guard let request = UpgradeRequest(bytes) else { return }
        let text = String(decoding: bytes, as: UTF8.self).lowercased()
        // Nobody reads a body, or another request, into what is taken for one without.
        try promise(!text.contains("\r\ncontent-length") && !text.contains("\r\ntransfer-encoding"), text)
        try promise(text.ranges(of: "\r\n\r\n").count == 1 && text.hasSuffix("\r\n\r\n"), text)
        try promise(request.headersFrame.count > 9, text)
    }

    static func clientHello(_ bytes: [UInt8]) throws(BrokenPromise) {
        guard case .hello(let hello) = ClientHello.read(bytes) else { return }
        let name = hello.serverName ?? "a"
        // It goes into comparisons with names of the configuration, which are like that.
        try promise(name.utf8.allSatisfy { (0x21..<0x7f).contains($0) } && name == name.lowercased(), name)
        // What is whole stays what it is, whatever follows.
        try promise(ClientHello.read(bytes + [0]) == .hello(hello), "\(hello)")
    }

    static func route(_ text: String) throws(BrokenPromise) {
        for prefix in ["", "/base/"] {
            guard let match = RouteMatch(path: text[...], prefix: prefix), let route = try? match.route() else {
                continue
            }
            guard let name = route.repository else { continue }
            // What names a folder on the disk can lead nowhere else.
            let parts = name.description.split(separator: "/", omittingEmptySubsequences: false)
            try promise(parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." && !$0.hasPrefix("_") }, "\(name)")
            try promise((try? RepositoryName(name.description)) == name, "\(name) is not a name")
        }
    }

    static func query(_ text: String) throws(BrokenPromise) {
        let query = Query(text[...])
        for name in ["n", "last", "digest", "mount", "from", "_state", "artifactType"] { _ = query.all(name) }
        if let decoded = PercentEncoding.decode(text[...]) {
            try promise(!decoded.utf8.contains(0), "a NUL")
            try promise(PercentEncoding.decode(PercentEncoding.encode(decoded)[...]) == decoded, "\(decoded)")
        }
    }

    static func range(_ text: String) throws(BrokenPromise) {
        for size in [0, 1, 1000, Int64.max] {
            guard case .part(let part) = ByteRange(header: text, size: size) else { continue }
            try promise(!part.isEmpty && part.lowerBound >= 0 && part.upperBound <= size, "\(part) of \(size)")
        }
    }

    static func contentRange(_ text: String) throws(BrokenPromise) {
        guard let range = try? ChunkRange(header: text) else { return }
        try promise(range.start >= 0 && range.count > 0, "\(range)")
    }

    static func forwarded(_ text: String) throws(BrokenPromise) {
        let address = ExternalAddress()
        for name in [HTTPField.Name.forwarded, .xForwardedHost, .xForwardedProto] {
            var head = HTTPRequest(method: .get, scheme: nil, authority: "registry", path: "/v2/")
            head.headerFields[name] = text
            let base = address.base(for: head)
            // It goes into headers that clients follow.
            try promise(base.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "\"") }, "\(base)")
            try promise(base.isEmpty || base.hasPrefix("http://") || base.hasPrefix("https://"), "\(base)")
        }
    }

    static func traceparent(_ text: String) throws(BrokenPromise) {
        var generator = SystemRandomNumberGenerator()
        let context = TraceContext(traceparent: text, using: &generator)
        let again = TraceContext(traceparent: context.header(isSampled: context.isSampled), using: &generator)
        try promise(again.traceID == context.traceID && again.parentSpanID == context.spanID, "\(context)")
        try promise(again.isSampled == context.isSampled, "\(context)")
    }

    static func tracestate(_ text: String) throws(BrokenPromise) {
        guard let state = TraceState.checked(text) else { return }
        try promise(state.utf8.allSatisfy { (0x20..<0x7f).contains($0) || $0 == 9 }, "\(state)")
        try promise(TraceState.checked(state) == state, "\(state)")
    }

    static func accept(_ text: String) {
        _ = ExpositionFormat(accept: text)
        _ = ContentCoding(acceptEncoding: text)
    }

    static func userAgent(_ text: String) { _ = ClientFamily(userAgent: text) }

    static func basic(_ text: String) throws(BrokenPromise) {
        let header = "Basic " + text
        guard let parameter = Credentials.parameter(of: header, "basic"), let basic = BasicCredentials(parameter) else {
            return
        }
        try promise(!basic.user.utf8.contains { $0 < 0x20 || $0 == 0x7f || $0 == UInt8(ascii: ":") }, basic.user)
        try promise(!basic.password.contains(0), "a NUL")
    }

    static func uploadState(_ text: String) throws(BrokenPromise) {
        guard let name = try? RepositoryName("a/b"), let id = try? UploadID("5a0b") else { return }
        // Without the secret nobody makes one.
        let offset = UploadState.offset(in: text, of: id, in: name, secret: "a secret that is not in the corpus")
        try promise(offset == nil, "\(text)")
        _ = UploadState.offset(in: text, of: id, in: name, secret: "known")
    }
}
