//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryAuth
import RegistryModel
import RegistryTelemetry

/// A request that brings a name and a password of which it is known that they are right.
struct CredentialCost {
    private let controller: AccessController
    private let credentials: Credentials
    private let seconds: Int64

    init?(_ arguments: [String]) throws {
        guard arguments.count == 4, let seconds = Int64(arguments[3]) else { return nil }
        let instruments = Instruments(driverName: "filesystem").auth
        let passwords = try PasswordAuthenticator(realm: "r", path: arguments[1], threads: 1, instruments: instruments)
        self.controller = AccessController(.htpasswd(passwords), instruments: instruments)
        self.credentials = Credentials(authorization: arguments[2], host: "registry.example")
        self.seconds = seconds
    }

    func measure() async throws -> String {
        let access = Access.repository(try RepositoryName("library/alpine"), .pull)
        // The first one is verified, and known from then on.
        _ = try await controller.admit(credentials, to: access)
        var costs = BatchCosts()
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end {
            let start = BatchCosts.start()
            for _ in 0..<64 { _ = try await controller.admit(credentials, to: access) }
            costs.add(since: start, calls: 64)
        }
        return costs.facts
    }
}
