//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore

/// How long a client may take.
package struct ConnectionTimeouts: Sendable {
    /// From the first byte of a request to the end of its head.
    package var header: TimeAmount
    /// Between two requests of a connection; of one of HTTP/2, without any stream.
    package var idle: TimeAmount
    /// Between two pieces of a body that the server is waiting for.
    package var body: TimeAmount
    /// For a client to take some of what is being sent.
    package var write: TimeAmount
    /// For a client to read an early answer while what it still sends is thrown away.
    package var linger: TimeAmount

    package init(
        header: TimeAmount = .seconds(15),
        idle: TimeAmount = .seconds(120),
        body: TimeAmount = .seconds(60),
        write: TimeAmount = .seconds(60),
        linger: TimeAmount = .seconds(5)
    ) {
        self.header = header
        self.idle = idle
        self.body = body
        self.write = write
        self.linger = linger
    }

    /// For the side port: who does not take an answer is cut off not long after Prometheus gives up, which it does after
    /// 10 seconds unless it is told otherwise.
    package static let scrapes = ConnectionTimeouts(write: .seconds(15))
}
