//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// A store that is asked over HTTP, with each request signed for itself.
protocol HTTPObjectStore: ObjectStore {
    /// A request before it is signed.
    associatedtype Call: Sendable

    var http: BackendHTTP { get }
    var governor: RequestGovernor { get }

    /// Makes a request once, signed anew: signatures are good for minutes, and credentials change.
    /// - Parameter send: takes it to the store.
    /// - Throws: what a bad answer says, after putting right what can be.
    func attempt(
        _ call: Call,
        _ send: (BackendMessage) async throws(ObjectStoreError) -> BackendAnswer
    ) async throws(ObjectStoreError) -> BackendAnswer
}

extension HTTPObjectStore {
    /// Makes a request until it has a good answer, which is taken in whole.
    func send(_ request: BackendRequest, _ call: Call) async throws(ObjectStoreError) -> BackendAnswer {
        try await governor.run(request) { this throws(ObjectStoreError) in
            try await attempt(call) { message throws(ObjectStoreError) in try await http.send(message, this) }
        }
    }

    /// Makes a request until it has a good answer, whose body comes as it is read.
    func stream(_ request: BackendRequest, _ call: Call) async throws(ObjectStoreError) -> BackendAnswer {
        try await governor.run(request) { this throws(ObjectStoreError) in
            try await attempt(call) { message throws(ObjectStoreError) in try await http.stream(message, this) }
        }
    }
}
