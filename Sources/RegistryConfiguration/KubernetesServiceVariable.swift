//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Knows the variables that Kubernetes sets in every container beside a Service called `registry`.
///
/// They begin with `REGISTRY_` by accident of that name, and must not keep the registry from starting:
/// `REGISTRY_SERVICE_HOST`, `REGISTRY_SERVICE_PORT`, `REGISTRY_SERVICE_PORT_<NAME>`, `REGISTRY_PORT=tcp://…`,
/// `REGISTRY_PORT_<number>_<TCP|UDP|SCTP>` and the same with `_PROTO`, `_PORT` or `_ADDR`.
enum KubernetesServiceVariable {
    static func matches(name: String, value: String) -> Bool {
        let parts = name.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.first == "REGISTRY", !parts.contains("") else { return false }
        switch parts.dropFirst().first {
        case "SERVICE":
            let rest = parts.dropFirst(2)
            return rest == ["HOST"] || rest.first == "PORT"
        case "PORT":
            return isPort(parts.dropFirst(2), value: value)
        default:
            return false
        }
    }

    /// Whether the parts after `REGISTRY_PORT` and the value have the form that Kubernetes gives them.
    private static func isPort(_ parts: ArraySlice<Substring>, value: String) -> Bool {
        let protocols = ["TCP", "UDP", "SCTP"]
        let isAddress = protocols.contains { value.hasPrefix("\($0.lowercased())://") }
        // A plain REGISTRY_PORT=5000 was written by a person who expects it to do something.
        guard let number = parts.first else { return isAddress }
        let rest = parts.dropFirst()
        guard UInt16(number) != nil, let kind = rest.first, protocols.contains(String(kind)) else { return false }
        switch rest.dropFirst().first {
        case nil: return isAddress
        case "PROTO", "PORT", "ADDR": return rest.count == 2
        default: return false
        }
    }
}
