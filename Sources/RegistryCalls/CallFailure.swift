//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Why another server was not reached, or has not answered, in words that give nothing of the request away.
package enum CallFailure {
    package static func words(for error: any Error) -> String {
        switch error {
        case let error as HTTPClientError where error == .deadlineExceeded: "no answer in time"
        case let error as HTTPClientError: error.shortDescription
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { words(for: $0.error) } ?? "\(error.host): no address"
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case let error as NIOSSLError: "TLS: \(error)"
        case let error as HTTPParserError: "the answer is not HTTP: \(error)"
        case ChannelError.connectTimeout: "no connection in time"
        case is CancellationError: "the server is ending"
        default: "\(error)"
        }
    }
}
