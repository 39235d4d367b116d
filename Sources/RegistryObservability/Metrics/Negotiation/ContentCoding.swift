//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// How the bytes of an answer are coded for the way.
enum ContentCoding: Equatable {
    case identity, gzip

    /// The value of `Content-Encoding`; nil for none.
    var header: String? { self == .gzip ? "gzip" : nil }

    /// Chooses the coding by an `Accept-Encoding` header (RFC 9110 §12.5.3): gzip where it is wanted, and no less than
    /// no coding.
    /// - Parameter header: nil if there is none.
    init(acceptEncoding header: String?) {
        let items = WeightedItem.list(header)
        func weight(of names: [String]) -> Int? {
            (items.first { names.contains($0.name) } ?? items.first { $0.name == "*" })?.weight
        }
        let gzip = weight(of: ["gzip", "x-gzip"]) ?? 0
        let identity = items.first { $0.name == "identity" }?.weight ?? 0
        self = gzip > 0 && gzip >= identity ? .gzip : .identity
    }
}
