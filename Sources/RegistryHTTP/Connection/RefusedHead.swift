//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import RegistryModel

/// A request that is refused before there is one: its head does not come to its end, is none, or has too much in it.
struct RefusedHead: Sendable {
    let error: RegistryError
    let connection: ConnectionHandle
    /// As far as it could be read; nil where nothing is known of it.
    var head: HTTPRequest?
    /// Since its first byte came, where that was in an earlier read than the one that it is refused in.
    var age = Duration.zero
    /// Whether the client is sent the answer; what breaks HTTP/2 ends the connection by GOAWAY, without one.
    var isAnswered = true

    /// Tells of it, and makes the answer.
    typealias Teller = @Sendable (RefusedHead) -> Reply
}
