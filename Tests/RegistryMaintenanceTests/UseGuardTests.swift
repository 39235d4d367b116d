//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryStorage
import RegistryTestKit
import Testing

@Suite("What is used", .timeLimit(.minutes(5)))
struct UseGuardTests {
    private static let digest = Digest.of([1])
    private static let other = Digest.of([2])

    @Test("is not claimed, if it was used since the collection began or shortly before")
    func spares() async {
        let uses = UseGuard(period: .seconds(60))
        await uses.use([Self.digest])
        uses.beginCollection()
        #expect(uses.claim([Self.digest, Self.other]) == [Self.other])
        uses.release([Self.other])
        await uses.use([Self.other])
        #expect(uses.claim([Self.other]).isEmpty && uses.isUsed(Self.other))
        uses.endCollection()
        #expect(uses.claim([Self.other]) == [Self.other])
    }

    @Test("is forgotten after a while")
    func forgets() async {
        let uses = UseGuard(period: .zero)
        await uses.use([Self.digest])
        for _ in 0..<2 { await uses.use([Self.other]) }
        uses.beginCollection()
        #expect(uses.claim([Self.digest]) == [Self.digest])
    }

    @Test("is claimed once, and whoever wants to use it waits until it is gone")
    func waits() async throws {
        let uses = UseGuard(period: .zero)
        #expect(uses.claim([Self.digest, Self.digest]) == [Self.digest])
        #expect(uses.claim([Self.digest]).isEmpty)
        let done = TestFlag()
        let task = Task {
            await uses.use([Self.digest])
            done.set()
        }
        for _ in 0..<100 { await Task.yield() }
        #expect(!done.isSet)
        uses.release([Self.digest])
        await task.value
        #expect(done.isSet)
    }
}
