//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOPosix
import RegistryLedger
import RegistryTelemetry
import RegistryTestKit
import Synchronization

@testable import RegistryEvents

/// Posts to receivers while a test runs.
struct DeliveryStage: Sendable {
    let outbox = TestOutbox()
    let instruments = NotificationInstruments()
    let observer = RecordingObserver()
    let spans = Mutexed<[DeliverySpan]>([])

    func with(
        _ endpoints: [EndpointSettings],
        secrets: [String] = [],
        limits: DeliveryWindow.Limits = .init(),
        _ body: (EventDelivery) async throws -> Void
    ) async throws {
        var context = DeliveryContext(
            outbox: outbox,
            instruments: instruments,
            observer: observer,
            source: "//test",
            userAgent: "plimsoll/test",
            loops: { MultiThreadedEventLoopGroup.singleton }
        ) { [spans] span in spans.change { $0.append(span) } }
        context.limits = limits
        let delivery = EventDelivery(context, deadline: .milliseconds(200))
        try await withThrowingTaskGroup { group in
            group.addTask { await delivery.run() }
            delivery.use(endpoints.map { EndpointPlan($0, secrets: secrets) })
            do {
                try await body(delivery)
            } catch {
                group.cancelAll()
                throw error
            }
            group.cancelAll()
        }
    }

    static func settings(
        _ receiver: TestReceiver,
        _ name: String = "hook",
        _ change: (inout EndpointSettings) -> Void = { _ in }
    ) -> EndpointSettings {
        var settings = EndpointSettings(name: name, address: receiver.address, timeout: .seconds(5))
        settings.retries = .init(threshold: 3, backoff: .milliseconds(20))
        change(&settings)
        return settings
    }

    /// Has a receiver, and ends it.
    static func withReceiver(
        _ script: @escaping TestReceiver.Script = { _ in .status(200) },
        _ body: (TestReceiver, DeliveryStage) async throws -> Void
    ) async throws {
        let receiver = try await TestReceiver.start(script)
        do {
            try await body(receiver, DeliveryStage())
        } catch {
            try await receiver.stop()
            throw error
        }
        try await receiver.stop()
    }

    static func entries(_ range: Range<Int>, in repositories: [String] = ["a"]) -> [OutboxEntry] {
        range.map { TestOutbox.entry("e\($0)", in: repositories[$0 % repositories.count]) }
    }

    /// Ids of events in what was received, in order.
    static func ids(_ requests: [TestReceiver.Request]) -> [String] {
        requests.flatMap { request in
            request.body.matches(of: #/"id":"(e[0-9]+)"/#).map { String($0.1) }
        }
    }
}

/// A value behind a lock.
final class Mutexed<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>

    init(_ value: Value) { mutex = Mutex(value) }

    var value: Value { mutex.withLock(\.self) }

    @discardableResult
    func change<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        mutex.withLock { value in
            var copy = value
            defer { value = copy }
            return body(&copy)
        }
    }
}
