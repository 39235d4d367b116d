//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

/// A file descriptor of any kind to write to: pipe, socket, terminal or file, blocking or not.
struct DescriptorOutput: LogOutput {
    let descriptor: Int32

    /// Writes all bytes, and waits for as long as the other side takes.
    /// - Parameter begun: bytes that are written already.
    /// - Returns: the bytes written then; less than there are only after an error, such as a reader that is gone.
    func write(_ bytes: UnsafeBufferPointer<UInt8>, begun: Int = 0) -> Int {
        var written = begun
        while written < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[written...])
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count > 0 {
                written += count
            } else if count < 0, errno == EAGAIN {
                waitUntilWritable()
            } else if count < 0, errno == EINTR {
                continue
            } else {
                break
            }
        }
        return written
    }

    /// Who reads has it already.
    func takeBack(_ begun: Int) -> Bool { false }

    func tick() {}

    func perform(_ command: LogCommand) {}

    /// Somebody made the descriptor non-blocking, maybe another process that shares it.
    private func waitUntilWritable() {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        // Errors and interruptions show in the next write.
        _ = poll(&request, 1, -1)
    }

    /// Has this thread get an error from writing to a reader that is gone, instead of a signal that ends the process.
    static func blockBrokenPipeSignal() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }
}
