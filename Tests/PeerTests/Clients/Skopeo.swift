//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTestKit

/// skopeo, as the tests call it: without TLS, and without the machine's policy for signatures.
enum Skopeo {
    /// Copies an image between an OCI layout and a registry.
    static func copy(_ source: String, _ destination: String, _ options: [String] = []) async throws {
        let plain = ["--insecure-policy", "copy", "--src-tls-verify=false", "--dest-tls-verify=false"]
        try await Tool.output("skopeo", plain + options + [source, destination])
    }

    /// Another command of skopeo.
    @discardableResult
    static func run(_ command: String, _ arguments: [String]) async throws -> String {
        try await Tool.output("skopeo", ["--insecure-policy", command, "--tls-verify=false"] + arguments)
    }
}
