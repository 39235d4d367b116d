//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import NIOCore
import RegistryTelemetry
import Synchronization

/// Tells of a listening socket that cannot accept connections because the process or the machine has run out of something.
///
/// The socket tries again after a second, for as long as that takes; clients wait in its queue meanwhile.
final class AcceptFailures: Sendable {
    /// Told the cause in words, and how often that happened since it was told last.
    typealias Tell = @Sendable (_ cause: String, _ suppressed: Int64) -> Void

    private static let shortages = [EMFILE, ENFILE, ENOBUFS, ENOMEM]

    private let tell: Tell
    private let allowance = Mutex(EventAllowance(burst: 1, interval: .seconds(10)))

    init(_ tell: @escaping Tell) { self.tell = tell }

    /// To be put into the socket's pipeline, before what waits and tries again: that keeps the error to itself.
    var handler: any ChannelHandler & Sendable { Handler(failures: self) }

    /// - Parameter error: what accept(2) failed with. Most are about one client, who is gone.
    func note(_ error: any Error) {
        guard let code = (error as? IOError)?.errnoCode, Self.shortages.contains(code) else { return }
        guard let suppressed = allowance.withLock({ $0.take(.now) }) else { return }
        tell(String(cString: strerror(code)), suppressed)
    }

    private final class Handler: ChannelInboundHandler, Sendable {
        typealias InboundIn = NIOAny

        private let failures: AcceptFailures

        init(failures: AcceptFailures) { self.failures = failures }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            failures.note(error)
            context.fireErrorCaught(error)
        }
    }
}
