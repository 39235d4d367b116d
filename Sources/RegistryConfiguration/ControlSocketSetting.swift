//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Where a configuration has a server listen for `plimsoll ctl`: `http.control.socket`.
package enum ControlSocketSetting: Sendable, Equatable {
    case at(String)
    /// The server is to have none.
    case off
    /// Nothing is said of it.
    case standard

    /// Reads it out of a configuration, whatever is wrong with other keys.
    ///
    /// - Parameters: as those of `RegistryConfiguration.inspect`.
    /// - Throws: every problem, where one of them may hide what is meant: a socket that is no good, or none beside keys
    ///   of `http` or of the whole document that are wrong.
    package init(yaml: String, file: String, environment: [String: String]) throws(ConfigurationFailure) {
        let record = ReadingRecord()
        var root = try RegistryConfiguration.node(from: yaml, file: file)
        root.expandStorageDriver()
        root.expandAuthScheme()
        EnvironmentOverlay(environment: environment).apply(to: &root, record: record)
        let path = RegistryConfiguration.read(root, record: record).http.controlSocket
        let node = Self.keys.reduce(Optional(root)) { node, key in node?.entries?.first { $0.key == key }?.node }
        let isNamed = node != nil
        let hides = record.problems.contains { problem in
            let key = problem.path.split(separator: ".").map(String.init)
            return isNamed ? Self.keys.starts(with: key) : key.count < 2 || key.first == Self.keys.first
        }
        guard !hides else { throw ConfigurationFailure(file: file, problems: record.problems) }
        self = isNamed ? path.map { .at($0) } ?? .off : .standard
    }

    private static let keys = ["http", "control", "socket"]
}
