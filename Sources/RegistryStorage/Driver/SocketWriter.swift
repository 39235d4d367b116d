//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

/// Writes to a socket past the channel that it belongs to.
struct SocketWriter {
    let socket: CInt

    /// Writes as many bytes as the socket takes without waiting.
    /// - Parameter mayPause: whether a millisecond may be waited each time that it is full: a fast client has made room by
    ///   then, and that costs less than going back to the event loop and coming again. It blocks the thread.
    /// - Returns: bytes taken, fewer than there are where the socket is full or broken.
    /// - Throws: EIO where bytes of a mapped file cannot be read, and none before them were taken.
    func send(_ bytes: UnsafeRawBufferPointer, mayPause: Bool) throws(SystemError) -> Int {
        guard let base = bytes.baseAddress else { return 0 }
        var sent = 0
        while sent < bytes.count {
            let taken = Glibc.send(socket, base + sent, bytes.count - sent, CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL))
            if taken >= 0 {
                sent += taken
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN where mayPause && hasRoomSoon: continue
            case EFAULT where sent == 0: throw SystemError(number: EIO)
            // That bytes behind those that were sent cannot be read is found out by the next call; that the socket is full
            // or broken, by those who write to it in the usual way.
            default: return sent
            }
        }
        return sent
    }

    private var hasRoomSoon: Bool {
        var entry = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
        return poll(&entry, 1, 1) > 0
    }
}
