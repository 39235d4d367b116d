//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOHTTPTypesHTTP1

/// Puts the guard where the framework has no place for one: between its HTTP/1 coder and its translation into its own
/// types.
///
/// It does so when it is added, and has nothing to do after that.
final class ConnectionSetup: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private let makeGuard: () -> ConnectionGuard

    init(_ makeGuard: @escaping () -> ConnectionGuard) { self.makeGuard = makeGuard }

    func handlerAdded(context: ChannelHandlerContext) {
        ReceiveBuffers.enlarge(context.channel)
        do {
            let pipeline = context.pipeline.syncOperations
            let codec = try pipeline.handler(type: HTTP1ToHTTPServerCodec.self)
            try pipeline.addHandler(makeGuard(), position: .before(codec))
            pipeline.removeHandler(context: context, promise: nil)
        } catch {
            // Without the guard there are no time limits, so there is no connection either.
            context.close(promise: nil)
        }
    }
}
