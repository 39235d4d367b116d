//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import HummingbirdCore
import NIOCore

/// Writes the answer to a request, once, on the way on which the request came.
enum ReplyWriter: ~Copyable {
    case framework(ResponseWriter)
    case entrance(EntranceAnswer)

    /// An answer without a body.
    consuming func write(_ head: HTTPResponse) async throws {
        switch consume self {
        case .framework(let writer): try await writer.writeResponse(head)
        case .entrance(let answer): try answer.write(head, isWhole: true)
        }
    }

    /// An answer that is in memory.
    consuming func write(_ head: HTTPResponse, _ body: ByteBuffer) async throws {
        switch consume self {
        case .framework(let writer): try await writer.write(response: head, body: ResponseBody(byteBuffer: body))
        case .entrance(let answer): try answer.write(head, body, isWhole: true)
        }
    }

    /// The head of an answer whose body goes another way (``ConnectionHandle/send(_:)``).
    consuming func begin(_ head: HTTPResponse) async throws -> End {
        switch consume self {
        case .framework(let writer): return .framework(try await writer.writeHead(head))
        case .entrance(let answer):
            try answer.write(head, isWhole: false)
            return .entrance(answer)
        }
    }

    /// Ends an answer that was begun.
    enum End {
        case framework(any ResponseBodyWriter)
        case entrance(EntranceAnswer)

        consuming func write() async throws {
            switch self {
            case .framework(let writer): try await writer.finish(nil)
            case .entrance(let answer): try answer.write(isWhole: true)
            }
        }
    }
}
