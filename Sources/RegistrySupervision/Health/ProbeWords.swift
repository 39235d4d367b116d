//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import AsyncHTTPClient
import Glibc
import NIOCore
import NIOPosix

/// Why another server was not reached, in words that give nothing of the request away.
enum ProbeWords {
    static func text(of error: any Error) -> String {
        switch error {
        case let error as HTTPClientError: error.shortDescription
        case let error as NIOConnectionError: error.connectionErrors.first.map { text(of: $0.error) } ?? "no address"
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case ChannelError.connectTimeout: "no connection in time"
        default: "\(error)"
        }
    }
}
