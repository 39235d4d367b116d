//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryHTTP
import RegistryModel
import RegistryStorage
import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("The service that purges uploads", .timeLimit(.minutes(10)))
struct UploadPurgerTests {
    private let observer = RecordingObserver()
    private let instruments = Instruments(driverName: "inmemory")

    private func round(_ context: StoreContext, at time: WallTime, isDryRun: Bool = false) async {
        let settings = UploadPurger.Settings(age: .seconds(60), interval: .seconds(1), isDryRun: isDryRun)
        await UploadPurger(context, settings, now: { time }).round()
    }

    @Test("Each round that found something is told and counted, a dry one as such")
    func rounds() async throws {
        let context = StoreContext(driver: InMemoryDriver(), instruments: instruments, observer: observer)
        _ = try await UploadStore(context).begin(in: try RepositoryName("a"), at: WallTime(microseconds: 0))
        await round(context, at: WallTime(microseconds: 59_000_000))
        #expect(observer.events.isEmpty && instruments.uploadsUnfinished.value == 1)
        await round(context, at: WallTime(microseconds: 61_000_000), isDryRun: true)
        #expect(observer.events.map(\.name) == [.uploadsAbandoned])
        #expect(instruments.uploadsUnfinished.value == 1 && instruments.uploadsPurged.value == 0)
        await round(context, at: WallTime(microseconds: 61_000_000))
        #expect(observer.events.map(\.name) == [.uploadsAbandoned, .uploadsPurged])
        #expect(instruments.uploadsUnfinished.value == 0 && instruments.uploadsPurged.value == 1)
        await round(context, at: WallTime(microseconds: 61_000_000))
        #expect(observer.events.count == 2)
    }

    @Test("What the storage fails at is told")
    func failures() async throws {
        let driver = FaultyDriver(InMemoryDriver(), failing: [.append], with: .failed)
        let context = StoreContext(driver: driver, instruments: instruments, observer: observer)
        _ = try await UploadStore(context).begin(in: try RepositoryName("a"), at: WallTime(microseconds: 0))
        await round(context, at: WallTime(microseconds: 61_000_000))
        #expect(observer.events.map(\.name) == [.uploadPurgeFailed])
        #expect(instruments.uploadsPurged.value == 0)
    }
}
