//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryTelemetry
import Testing

@testable import RegistryHTTP

@Suite("Rates of clients")
struct RateLimiterTests {
    private let start = MonotonicTime.now

    @Test("A client may ask its burst at once, and then as often as the rate has it")
    func burst() {
        let rates = RateLimiter(.init(perSecond: 2, burst: 3), tracked: 10)
        let client = ClientKey(value: 1)
        for _ in 0..<3 { #expect(rates.take(client, start) == nil) }
        #expect(rates.take(client, start) == .milliseconds(500))
        #expect(rates.take(client, start + .milliseconds(499)) == .milliseconds(1))
        #expect(rates.take(client, start + .milliseconds(500)) == nil)
        #expect(rates.take(client, start + .milliseconds(500)) != nil)
        // Another one is not made to wait.
        #expect(rates.take(ClientKey(value: 2), start) == nil)
        // After a rest the whole burst is there again, and no more.
        for _ in 0..<3 { #expect(rates.take(client, start + .seconds(60)) == nil) }
        #expect(rates.take(client, start + .seconds(60)) != nil)
    }

    @Test("A rate that lets nobody in is none that ends the program", arguments: [1e-21, .leastNonzeroMagnitude])
    func hardlyAny(rate: Double) {
        let rates = RateLimiter(.init(perSecond: rate, burst: .max), tracked: 10)
        let client = ClientKey(value: 1)
        #expect(rates.take(client, start) == nil)
        #expect(rates.take(client, start + .seconds(60)) == nil)
        let single = RateLimiter(.init(perSecond: rate, burst: 1), tracked: 10)
        #expect(single.take(client, start) == nil)
        #expect(single.take(client, start + .seconds(60)) != nil)
    }

    @Test("The table has no more clients than it may, however many there are")
    func bounded() {
        let rates = RateLimiter(.init(perSecond: 1, burst: 1), tracked: 64)
        for client in 0..<10_000 { _ = rates.take(ClientKey(value: UInt64(client) << 17), start) }
        #expect(rates.count <= 64 && rates.count > 16)
    }

    @Test("Those that have paid are forgotten before those that have not")
    func forgetting() {
        let rates = RateLimiter(.init(perSecond: 1, burst: 1), tracked: 1)
        #expect(rates.take(ClientKey(value: 1), start) == nil)
        #expect(rates.take(ClientKey(value: 2), start + .seconds(2)) == nil)
        #expect(rates.take(ClientKey(value: 2), start + .seconds(2)) != nil)
        #expect(rates.count == 1)
    }

    @Test("An address of IPv4 is the same client by either family, and a network of IPv6 is one")
    func keys() throws {
        func key(_ text: String) throws -> ClientKey { ClientKey(try SocketAddress(ipAddress: text, port: 1)) }
        #expect(try key("192.0.2.1") == (try key("::ffff:192.0.2.1")))
        #expect(try key("192.0.2.1") != (try key("192.0.2.2")))
        #expect(try key("2001:db8::1") == (try key("2001:db8::ffff:2")))
        #expect(try key("2001:db8::1") != (try key("2001:db8:0:1::1")))
    }

    @Test("Users are told apart by their names")
    func users() {
        #expect(ClientKey(user: "alice") == ClientKey(user: "alice"))
        #expect(ClientKey(user: "alice") != ClientKey(user: "bob"))
    }
}

@Suite("The least pace of clients")
struct MinimumPaceTests {
    private let pace = MinimumPace(bytesPerSecond: 100, window: .seconds(10))

    @Test("A client is too slow only after a whole window, and only below the pace")
    func bounds() {
        var meter = MinimumPace.Meter(pace)
        #expect(meter.isTooSlow(0, in: .seconds(9)) == false)
        #expect(meter.isTooSlow(1_100, in: .seconds(11)) == false)
        var slow = MinimumPace.Meter(pace)
        #expect(slow.isTooSlow(1_099, in: .seconds(11)) == true)
    }

    @Test("A fast beginning buys no rest later")
    func windows() {
        var meter = MinimumPace.Meter(pace)
        #expect(meter.isTooSlow(1 << 30, in: .seconds(10)) == false)
        #expect(meter.isTooSlow(1 << 30, in: .seconds(19)) == false)
        #expect(meter.isTooSlow(1 << 30 + 900, in: .seconds(20)) == true)
    }
}
