//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A parser of bytes that come from somebody who is not trusted.
///
/// Each has a folder of the same name in `Tests/Fuzz/Corpus`. `make test` runs all of them over that and over mutations of
/// it; `make fuzz` has libFuzzer look for more.
package enum FuzzTarget: String, Sendable, CaseIterable {
    // What comes before a request, and what its head has.
    case clientHello = "client-hello", upgrade
    case route, query, range, contentRange = "content-range", forwarded, traceparent, tracestate, accept
    case userAgent = "user-agent", basic, token
    // What its body and its parameters have.
    case manifest, mediaType = "media-type", digest, reference, uploadState = "upload-state"
    // What others answer, and what files hold that others may write.
    case pattern, claims, keys, certificate, passwords, export, httpDate = "http-date", configuration, logLine =
        "log-line"
    case storeAnswer = "store-answer"

    /// Parses bytes, and checks what must hold whatever they are.
    /// - Throws: ``BrokenPromise`` if it does not hold; a parser that traps ends the process.
    package func run(_ bytes: [UInt8]) throws(BrokenPromise) {
        let text = String(decoding: bytes, as: UTF8.self)
        switch self {
        case .clientHello: try Self.clientHello(bytes)
        case .upgrade: try Self.upgrade(bytes)
        case .route: try Self.route(text)
        case .query: try Self.query(text)
        case .range: try Self.range(text)
        case .contentRange: try Self.contentRange(text)
        case .forwarded: try Self.forwarded(text)
        case .traceparent: try Self.traceparent(text)
        case .tracestate: try Self.tracestate(text)
        case .accept: Self.accept(text)
        case .userAgent: Self.userAgent(text)
        case .basic: try Self.basic(text)
        case .token: try Self.token(text)
        case .manifest: try Self.manifest(bytes)
        case .mediaType: try Self.mediaType(text)
        case .digest: try Self.digest(text)
        case .reference: try Self.reference(text)
        case .uploadState: try Self.uploadState(text)
        case .pattern: try Self.pattern(text)
        case .claims: try Self.claims(bytes)
        case .keys: Self.keys(text)
        case .certificate: Self.certificate(bytes)
        case .passwords: Self.passwords(text)
        case .export: Self.export(bytes)
        case .httpDate: Self.httpDate(text)
        case .configuration: try Self.configuration(text)
        case .logLine: try Self.logLine(bytes)
        case .storeAnswer: try Self.storeAnswer(bytes)
        }
    }
}

/// Something that must hold for every input does not.
package struct BrokenPromise: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

func promise(_ holds: Bool, _ what: @autoclosure () -> String) throws(BrokenPromise) {
    if !holds { throw BrokenPromise(what()) }
}
