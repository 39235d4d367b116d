//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTestKit
import Testing

@Suite("A registry on a socket", .timeLimit(.minutes(10)))
struct SmokeTests {
    @Test("An image is pushed and pulled")
    func pushAndPull() async throws {
        try await TestRegistry.with { registry in
            let client = WireClient(port: registry.port)
            let layer = [UInt8](repeating: 7, count: 100_000)
            let image = try await client.pushImage(to: "library/alpine", reference: "latest", layers: [layer])
            let pulled = try await client.send("GET", "/v2/library/alpine/manifests/latest")
            #expect(pulled.status == 200)
            #expect(pulled.body == image.manifest)
            #expect(pulled["docker-content-digest"] == image.digest.description)
        }
    }
}
