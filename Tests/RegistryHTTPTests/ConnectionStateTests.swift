//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import Testing

@testable import RegistryHTTP

/// A moment, in seconds after the connection was made.
private func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(1_000) + .seconds(seconds) }

private func fresh() -> ConnectionState {
    ConnectionState(
        timeouts: ConnectionTimeouts(
            header: .seconds(10),
            idle: .seconds(100),
            body: .seconds(20),
            write: .seconds(30),
            linger: .seconds(5)
        ),
        now: at(0)
    )
}

@Suite("The state of a connection")
struct ConnectionStateTests {
    @Test("A client that says nothing is cut off after the idle time, and not before")
    func silent() {
        var state = fresh()
        #expect(state.deadline == at(100))
        #expect(state.expire(at(99)) == .none)
        #expect(state.expire(at(100)) == .close)
        #expect(state.deadline == nil)
    }

    @Test("The time for a head runs from its first byte, and trickling does not stretch it")
    func slowHead() {
        var state = fresh()
        state.bytesArrived(at(50))
        #expect(state.deadline == at(60))
        state.bytesArrived(at(59))
        #expect(state.deadline == at(60))
        #expect(state.expire(at(60)) == .slowHead)
    }

    @Test("How old a head is, is known until it is whole, if it did not come at once")
    func headAge() {
        var state = fresh()
        #expect(state.headAge(at(40)) == .zero)
        state.bytesArrived(at(50))
        state.bytesArrived(at(59))
        #expect(state.headAge(at(60)) == .seconds(10))
        state.headArrived(keepsAlive: true)
        #expect(state.headAge(at(60)) == .zero)
        state.requestEnded()
        #expect(state.headAge(at(61)) == .zero)
    }

    @Test("A body is waited for only while the server asks for it, and each piece begins anew")
    func slowBody() {
        var state = fresh()
        state.headArrived(keepsAlive: true)
        state.bytesArrived(at(1))
        #expect(state.deadline == nil)
        state.readRequested(at(2))
        #expect(state.deadline == at(22))
        state.readRequested(at(10))
        #expect(state.deadline == at(22))
        state.bodyArrived()
        state.bytesArrived(at(21))
        #expect(state.deadline == nil)
        state.readRequested(at(21))
        #expect(state.expire(at(40)) == .none)
        #expect(state.expire(at(41)) == .slowBody)
    }

    @Test("No time runs while a request is being answered that has come to its end")
    func answering() {
        var state = fresh()
        state.headArrived(keepsAlive: true)
        state.requestEnded()
        state.bytesArrived(at(1))
        state.readRequested(at(1))
        #expect(state.deadline == nil)
        #expect(!state.isReceivingBody)
        #expect(state.outstanding == 1)
    }

    @Test("After an answer the idle time begins, and after it the time for the next head")
    func nextRequest() {
        var state = fresh()
        state.headArrived(keepsAlive: true)
        state.requestEnded()
        state.bytesArrived(at(1))
        #expect(state.replyEnded(at(7)) == .carryOn)
        #expect(state.deadline == at(107))
        state.bytesArrived(at(20))
        #expect(state.deadline == at(30))
    }

    @Test("The rest of a body that comes after its answer is no beginning of a head")
    func drainedRest() {
        var state = fresh()
        state.headArrived(keepsAlive: true)
        state.bytesArrived(at(1))
        #expect(state.replyEnded(at(2)) == .carryOn)
        state.readRequested(at(2))
        #expect(state.deadline == at(22))
        state.bodyArrived()
        state.requestEnded()
        state.bytesArrived(at(3))
        #expect(state.deadline == at(103))
        #expect(state.expire(at(103)) == .close)
    }

    @Test("The rest of a refused body that does not come is a slow body")
    func missingRest() {
        var state = fresh()
        state.headArrived(keepsAlive: true)
        #expect(state.replyEnded(at(2)) == .carryOn)
        state.readRequested(at(2))
        #expect(state.expire(at(22)) == .slowBody)
    }

    @Test("A client that takes nothing is cut off after the write time")
    func slowReader() {
        var state = fresh()
        state.headArrived(keepsAlive: true)
        state.requestEnded()
        state.writabilityChanged(false, at(2))
        #expect(state.deadline == at(32))
        #expect(state.expire(at(31)) == .none)
        #expect(state.expire(at(32)) == .slowReader)
        state.writabilityChanged(true, at(61))
        #expect(state.expire(at(1000)) == .none)
    }

    @Test("A slow reader is cut off even while it sends a body")
    func earliestWins() {
        var state = fresh()
        state.headArrived(keepsAlive: true)
        state.writabilityChanged(false, at(0))
        state.readRequested(at(25))
        #expect(state.deadline == at(30))
        #expect(state.expire(at(30)) == .slowReader)
    }

    @Test("A request that does not keep the connection ends it with its answer", arguments: [1, 2, 5])
    func closing(_ number: Int) {
        var state = fresh()
        for position in 1...number {
            state.headArrived(keepsAlive: position < number)
            state.requestEnded()
        }
        for _ in 1..<number {
            #expect(!state.closesAfterReply)
            #expect(state.replyEnded(at(3)) == .carryOn)
        }
        #expect(state.closesAfterReply)
        #expect(state.replyEnded(at(4)) == .linger)
        #expect(state.isLingering)
        #expect(state.deadline == at(9))
    }

    @Test("What follows a request that ends the connection does not keep it")
    func nothingAfterClose() {
        var state = fresh()
        state.headArrived(keepsAlive: false)
        state.requestEnded()
        state.headArrived(keepsAlive: true)
        state.requestEnded()
        #expect(state.closesAfterReply)
        #expect(state.replyEnded(at(1)) == .linger)
    }

    @Test("An answer that ends the connection does so whatever was pipelined behind it")
    func serverCloses() {
        var state = fresh()
        for _ in 1...3 {
            state.headArrived(keepsAlive: true)
            state.requestEnded()
        }
        state.closeAfterReply()
        #expect(state.replyEnded(at(1)) == .linger)
    }

    @Test("The idle time begins only after the last of pipelined answers")
    func pipelining() {
        var state = fresh()
        for _ in 1...3 {
            state.headArrived(keepsAlive: true)
            state.requestEnded()
        }
        state.bytesArrived(at(0))
        #expect(state.outstanding == 3)
        _ = state.replyEnded(at(1))
        _ = state.replyEnded(at(2))
        #expect(state.deadline == nil)
        #expect(state.replyEnded(at(3)) == .carryOn)
        #expect(state.deadline == at(103))
    }

    @Test("Lingering ends after its time, and neither bodies nor reads stretch it")
    func lingering() {
        var state = fresh()
        state.headArrived(keepsAlive: true)
        state.readRequested(at(1))
        state.linger(at(2))
        #expect(state.deadline == at(7))
        #expect(state.expire(at(6)) == .none)
        #expect(state.expire(at(7)) == .close)
    }
}
