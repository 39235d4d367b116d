//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration

/// The smallest file that is accepted, with room for more keys in the sections that are needed.
func file(storage: String = "", http: String = "", _ sections: String = "") -> String {
    """
    version: 0.1
    storage: {inmemory: {}, \(storage)}
    http: {addr: ":5000", \(http)}
    \(sections)
    """
}

/// Loads text as `config.yml`.
func load(_ yaml: String, environment: [String: String] = [:]) throws(ConfigurationFailure) -> RegistryConfiguration {
    try RegistryConfiguration.load(yaml: yaml, file: "config.yml", environment: environment)
}

/// The lines that refuse the text; none when it is accepted.
func problems(_ yaml: String, environment: [String: String] = [:]) -> [String] {
    do throws(ConfigurationFailure) {
        _ = try load(yaml, environment: environment)
        return []
    } catch {
        return error.description.split(separator: "\n").map(String.init)
    }
}
