//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import RegistryModel

/// What the head of a request may have, over HTTP/1.1 and HTTP/2 alike.
struct HeadLimits: Sendable, Equatable {
    /// Bytes of all names and values.
    let totalBytes: Int

    /// How many fields there may be.
    static let fields = 200

    init(totalBytes: Int) { self.totalBytes = totalBytes }

    /// Bytes of the name and value of one field: one may have two thirds of the whole.
    var fieldBytes: Int { totalBytes / 3 * 2 }

    /// Bytes of a list of fields as HTTP/2 counts them, with 32 more for each (RFC 9113 §6.5.2), beyond which a connection ends.
    ///
    /// Twice as much as is taken: a client whose head is somewhat too large gets an answer, and keeps its other streams.
    /// Never less than what NIO takes of clients that do not know yet (``EarlySettings``).
    var listBytes: Int { max(16 << 10, 2 * totalBytes + 32 * (Self.fields + 4)) }

    /// CONTINUATION frames in a row, beyond which a connection ends.
    ///
    /// Those that a list of that size takes, in frames of 16 KiB, which is what clients may send (RFC 9113 §6.5.2).
    var continuations: Int { max(5, listBytes / (16 << 10)) }

    /// The error of a head that is too large, whatever carried it.
    static var refusal: RegistryError {
        RegistryError(.requestInvalid, status: 431, detail: "the head of the request is too large")
    }

    /// Whether a head is within the limits.
    func allow(_ head: HTTPRequest) -> Bool {
        guard head.headerFields.count <= Self.fields else { return false }
        var total = (head.path?.utf8.count ?? 0) + (head.authority?.utf8.count ?? 0)
        for field in head.headerFields {
            let bytes = field.name.rawName.utf8.count + field.value.utf8.count
            total += bytes
            if bytes > fieldBytes || total > totalBytes { return false }
        }
        return total <= totalBytes
    }
}
