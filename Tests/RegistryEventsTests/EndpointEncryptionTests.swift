//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOPosix
import NIOSSL
import RegistryLedger
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryEvents

@Suite("Encrypted connections to endpoints", .timeLimit(.minutes(5)))
struct EndpointEncryptionTests {
    private let authority: TestAuthority

    init() async throws { authority = try await TestAuthority() }

    /// A receiver whose certificate comes from the authority, and that wants one from it.
    /// - Parameter address: that its certificate is for.
    private func receiver(_ name: String, for address: String) async throws -> TestReceiver {
        let own = try await authority.issue(name, address: address)
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(own.certificate).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: own.key, format: .pem))
        )
        tls.certificateVerification = .noHostnameVerification
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(authority.certificate))
        let context = try NIOSSLContext(configuration: tls)
        return try await TestReceiver.start(
            prepare: { channel in
                try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
            }
        )
    }

    /// Sends an event.
    private func send(
        _ tls: TLSConfiguration?,
        to receiver: TestReceiver
    ) async throws -> EventDelivery.TestResult? {
        let context = DeliveryContext(
            outbox: TestOutbox(),
            instruments: NotificationInstruments(),
            observer: RecordingObserver(),
            source: "//test",
            userAgent: "plimsoll/test",
            loops: { MultiThreadedEventLoopGroup.singleton }
        ) { _ in }
        let delivery = EventDelivery(context, deadline: .zero)
        let settings = EndpointSettings(
            name: "hook",
            address: "https://127.0.0.1:\(receiver.port)/hook",
            timeout: .seconds(20)
        )
        return await withTaskGroup { group in
            group.addTask { await delivery.run() }
            delivery.use([EndpointPlan(settings, tls: tls)])
            let result = await delivery.test("hook", with: TestOutbox.entry("e0"))
            group.cancelAll()
            return result
        }
    }

    private func configuration(trusting path: String?, showing identity: TestAuthority.Identity?) throws
        -> TLSConfiguration
    {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let path { tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(path)) }
        if let identity {
            tls.certificateChain = try NIOSSLCertificate.fromPEMFile(identity.certificate).map { .certificate($0) }
            tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: identity.key, format: .pem))
        }
        return tls
    }

    @Test("go to an endpoint of the configured authority that gets the client's certificate, and to no other")
    func authorities() async throws {
        let receiver = try await receiver("receiver", for: "127.0.0.1")
        let client = try await authority.issue("client")
        let trusted = try configuration(trusting: authority.certificate, showing: client)
        let good = try await send(trusted, to: receiver)
        #expect(good?.status == 200 && good?.failure == nil)
        // The system's authorities do not know this one.
        let distrusted = try await send(nil, to: receiver)
        #expect(distrusted?.failure != nil && distrusted?.status == nil)
        let stranger = try await TestAuthority()
        let other = try configuration(trusting: stranger.certificate, showing: client)
        // Its files go with it.
        withExtendedLifetime(stranger) {}
        #expect(try await send(other, to: receiver)?.failure != nil)
        // The receiver wants a certificate.
        let bare = try configuration(trusting: authority.certificate, showing: nil)
        #expect(try await send(bare, to: receiver)?.failure != nil)
        #expect(receiver.requests.count == 1)
        try await receiver.stop()
        // The certificate must be for the address.
        let elsewhere = try await self.receiver("elsewhere", for: "127.0.0.2")
        #expect(try await send(trusted, to: elsewhere)?.failure != nil)
        #expect(elsewhere.requests.isEmpty)
        try await elsewhere.stop()
    }
}
