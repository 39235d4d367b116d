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
    private let receiver: TestReceiver

    /// A receiver whose certificate comes from the authority, and that wants one from it.
    init() async throws {
        authority = try await TestAuthority()
        let own = try await authority.issue("receiver")
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(own.certificate).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: own.key, format: .pem))
        )
        tls.certificateVerification = .noHostnameVerification
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(authority.certificate))
        let context = try NIOSSLContext(configuration: tls)
        receiver = try await TestReceiver.start(
            prepare: { channel in
                try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
            }
        )
    }

    /// Sends an event.
    private func send(_ tls: TLSConfiguration?, host: String = "127.0.0.1") async throws -> EventDelivery.TestResult? {
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
            address: "https://\(host):\(receiver.port)/hook",
            timeout: .seconds(20)
        )
        return try await withThrowingTaskGroup { group in
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
        let client = try await authority.issue("client")
        let good = try await send(try configuration(trusting: authority.certificate, showing: client))
        #expect(good?.status == 200 && good?.failure == nil)
        #expect(receiver.requests.count == 1)
        // The system's authorities do not know this one.
        let distrusted = try await send(nil)
        #expect(distrusted?.failure != nil && distrusted?.status == nil)
        let other = try await TestAuthority()
        #expect(try await send(try configuration(trusting: other.certificate, showing: client))?.failure != nil)
        // The receiver wants a certificate.
        #expect(try await send(try configuration(trusting: authority.certificate, showing: nil))?.failure != nil)
        // The certificate is for the address.
        let elsewhere = try configuration(trusting: authority.certificate, showing: client)
        #expect(try await send(elsewhere, host: "localhost")?.failure != nil)
        #expect(receiver.requests.count == 1)
        try await receiver.stop()
    }
}
