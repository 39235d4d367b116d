//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Posts messages to one endpoint, on connections that it keeps.
///
/// It follows no redirects, since that would hand headers and events to whoever they lead to, and makes no second attempt:
/// when to try again is decided in one place, which is not here.
struct EndpointClient: Sendable {
    private let timeout: TimeAmount
    private let loop: any EventLoop
    /// Nil if the address is none.
    private let connections: EndpointConnections?
    /// What all requests have in common.
    private let head: HTTPRequestHead

    /// - Parameter loop: for its connections; those who call it run there too, best.
    init(_ plan: EndpointPlan, userAgent: String, on loop: any EventLoop) {
        let settings = plan.settings
        let address = EndpointAddress(settings.address)
        self.timeout = TimeAmount(settings.timeout)
        self.loop = loop
        self.connections = address.map {
            EndpointConnections($0, on: loop, timeout: TimeAmount(settings.timeout), encryption: plan.tls)
        }
        var headers = HTTPHeaders()
        if let address { headers.add(name: "Host", value: address.authority) }
        headers.add(name: "User-Agent", value: userAgent)
        for name in Set(settings.headers.map { $0.name.lowercased() }) { headers.remove(name: name) }
        for header in settings.headers where !Self.isFraming(header.name) {
            headers.add(name: header.name, value: header.value)
        }
        self.head = HTTPRequestHead(version: .http1_1, method: .POST, uri: address?.target ?? "/", headers: headers)
    }

    /// Whether a header says where a body ends, which only the body itself can tell.
    private static func isFraming(_ name: String) -> Bool {
        ["content-length", "transfer-encoding"].contains(name.lowercased())
    }

    /// Sends a message, and waits for the answer within the configured time.
    func post(_ message: EventMessage, _ further: [(name: String, value: String)]) async -> EndpointAnswer {
        guard let connections else { return EndpointAnswer(cause: "url is no address of http or https") }
        var head = head
        for (name, value) in message.headers { head.headers.replaceOrAdd(name: name, value: value) }
        for (name, value) in further { head.headers.replaceOrAdd(name: name, value: value) }
        head.headers.add(name: "Content-Length", value: String(message.body.count))
        let call = EndpointCall(head, ByteBuffer(bytes: message.body), deadline: .now() + timeout)
        return await withTaskCancellationHandler {
            await withUnsafeContinuation { waiter in
                onLoop {
                    call.answer(to: waiter)
                    if !call.isOver { connections.start(call) }
                }
            }
        } onCancel: {
            loop.execute { call.finish("the server is ending") }
        }
    }

    private func onLoop(_ body: @escaping @Sendable () -> Void) {
        if loop.inEventLoop { body() } else { loop.execute(body) }
    }

    func shutDown() async {
        guard let connections else { return }
        try? await loop.submit { connections.shutDown() }.get()
    }
}
