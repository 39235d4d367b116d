//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import NIOCore
import RegistryModel
import RegistryStorage

/// An answer, before it is sent.
struct Reply: Sendable {
    var status: Int
    var headers: HTTPFields
    var body: Body

    /// What follows the head.
    ///
    /// One case each for how it is sent, so that nothing is erased to a stream.
    enum Body: Sendable {
        /// Nothing, `Content-Length: 0`.
        case empty
        /// Nothing, and no length either: statuses that have no content.
        case none
        /// Bytes in memory, sent with the head in one write.
        case buffer(ByteBuffer)
        /// A range of stored content; whoever sends it closes it.
        case content(any StoredContent, Range<Int64>)
        /// For HEAD: only the length of what GET would send.
        case length(Int64)

        /// `Content-Length` in bytes; nil where there is none.
        var length: Int64? {
            switch self {
            case .none: nil
            case .empty: 0
            case .buffer(let buffer): Int64(buffer.readableBytes)
            case .content(_, let range): Int64(range.count)
            case .length(let length): length
            }
        }
    }

    init(_ status: Int, headers: HTTPFields = [:], body: Body = .empty) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// A JSON document that has been written already.
    init(_ status: Int, json: JSONText, contentType: MediaType = .json) {
        self.init(
            status,
            headers: [.contentType: contentType.description],
            body: .buffer(ByteBuffer(string: json.text))
        )
    }
}
