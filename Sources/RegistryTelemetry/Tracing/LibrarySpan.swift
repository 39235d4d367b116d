//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A span that a library has made through swift-distributed-tracing.
///
/// A class, so that the spans of the server itself stay small.
package final class LibrarySpan: Sendable {
    package let name: String
    package let kind: SpanKind
    package let attributes: [SpanAttribute]

    package init(name: String, kind: SpanKind, attributes: [SpanAttribute]) {
        self.name = name
        self.kind = kind
        self.attributes = attributes
    }
}

/// The role of a span in a trace, with the numbers of OTLP.
package enum SpanKind: Int64, Sendable {
    case `internal` = 1
    case server = 2
    case client = 3
    case producer = 4
    case consumer = 5
}

/// A named fact about a span.
package struct SpanAttribute: Sendable, Equatable {
    package let key: String
    package let value: Value

    package init(_ key: String, _ value: Value) {
        self.key = key
        self.value = value
    }

    package enum Value: Sendable, Equatable {
        case text(String)
        case number(Int64)
        case real(Double)
        case truth(Bool)
    }
}
