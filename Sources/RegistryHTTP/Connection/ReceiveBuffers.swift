//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

/// Lets a connection read up to 1 MiB at once, which halves what receiving an upload costs.
///
/// Small reads stay small: the allocator grows and shrinks with what comes.
enum ReceiveBuffers {
    static func enlarge(_ channel: any Channel) {
        // A channel without these options, as in tests, is fine as it is.
        try? channel.syncOptions?.setOption(
            .recvAllocator,
            value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 4096, maximum: 1 << 20)
        )
    }
}
