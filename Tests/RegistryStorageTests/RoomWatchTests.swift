//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryStorage

@Suite("The watch over the room on the storage", .timeLimit(.minutes(5)))
struct RoomWatchTests {
    private static let total: Int64 = 1000

    /// What a watch tells of a row of readings of free bytes.
    private func told(
        _ free: [Int64],
        low: SpaceGuard.Reserve = .percent(10),
        reserve: SpaceGuard.Reserve = .percent(1)
    ) -> [String] {
        var watch = RoomWatch(.init(low: low, reserve: reserve))
        return free.map { free in
            let changes = watch.see(StorageCapacity(total: Self.total, free: free))
            return changes.map { change in
                switch change {
                case .low: "low"
                case .reserved: "reserved"
                case .recovered: "recovered"
                }
            }.joined(separator: ",")
        }
    }

    @Test("says once that there is little left, and once that there is enough again")
    func edges() {
        #expect(told([500, 100, 99, 50, 99, 500, 500]) == ["", "", "low", "", "", "recovered", ""])
    }

    @Test("does not waver at the bound: a tenth more must be free before it says so")
    func hysteresis() {
        #expect(told([99, 100, 109, 99, 110, 99]) == ["low", "", "", "", "recovered", "low"])
    }

    @Test("says that the reserve is reached, also at once and again after it was left")
    func reserve() {
        #expect(told([500, 9, 9, 10, 9, 11, 9, 500]) == ["", "reserved", "", "", "", "", "reserved", "recovered"])
        #expect(told([99, 5, 99, 500]) == ["low", "reserved", "", "recovered"])
    }

    @Test("takes bounds in bytes, and without bounds speaks of a full storage only")
    func otherBounds() {
        #expect(told([300, 299, 329, 330], low: .bytes(300)) == ["", "low", "", "recovered"])
        #expect(told([500, 1, 0, 1], low: .bytes(0), reserve: .bytes(0)) == ["", "", "reserved", "recovered"])
    }

    @Test("watches inodes by the share for bytes, and knows their end")
    func inodes() {
        func capacity(_ free: Int64) -> StorageCapacity {
            StorageCapacity(total: 1000, free: 1000, inodes: .init(total: 100, free: free))
        }
        var watch = RoomWatch(.init(low: .percent(10), reserve: .percent(1)))
        #expect(watch.see(capacity(10)) == [])
        #expect(watch.see(capacity(9)) == [.low(.inodes, free: 9, total: 100)])
        #expect(watch.see(capacity(1)) == [])
        #expect(watch.see(capacity(0)) == [.reserved(.inodes, free: 0, total: 100)])
        #expect(watch.see(capacity(11)) == [.recovered(.inodes, free: 11, total: 100)])
        var other = RoomWatch(.init(low: .bytes(50), reserve: .percent(1)))
        #expect(other.see(capacity(9)) == [])
    }

    @Test("speaks through events, whose fields say of what there is how much")
    func events() async throws {
        let driver = CappedDriver(InMemoryDriver(), total: 1000, free: 40)
        let stores = try Stores(driver)
        let reading = CapacityReading(stores.context, .init(low: .percent(5), reserve: .percent(1)))
        await reading.refresh()
        await reading.refresh()
        driver.setFree(0)
        await reading.refresh()
        driver.setFree(900)
        await reading.refresh()
        #expect(stores.observer.events.map(\.name) == [.diskLow, .diskReserveReached, .diskRecovered])
        let fields = stores.observer.events.map { event in event.fields.map(\.value) }
        #expect(fields[0] == [.text("bytes"), .number(40), .number(1000)])
        #expect(fields[2] == [.text("bytes"), .number(900), .number(1000)])
    }
}
