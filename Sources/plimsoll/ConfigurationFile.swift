//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import RegistryConfiguration
import RegistryObservability

/// Finds and reads the configuration.
enum ConfigurationFile {
    /// More than any configuration has; the parser has its own, smaller bound.
    private static let maximumBytes = 1 << 20

    /// Loads a configuration with the environment laid over it.
    /// - Parameter path: from the command line; nil to ask `REGISTRY_CONFIGURATION_PATH`.
    static func load(_ path: String?) throws(StartFailure) -> RegistryConfiguration {
        try inspect(path).configuration
    }

    /// Loads a configuration, and tells where each value comes from.
    /// - Parameters:
    ///   - path: as for `load`.
    ///   - usesEnvironment: whether variables are laid over it; the path may come from one in any case.
    static func inspect(
        _ path: String?,
        usesEnvironment: Bool = true
    ) throws(StartFailure) -> (configuration: RegistryConfiguration, effective: EffectiveConfiguration) {
        let environment = environment()
        let path = try self.path(path, environment)
        let text = try read(path)
        let reading: (configuration: RegistryConfiguration, effective: EffectiveConfiguration)
        do {
            reading = try RegistryConfiguration.inspect(
                yaml: text,
                file: path,
                environment: usesEnvironment ? environment : [:]
            )
        } catch {
            throw StartFailure(message: error.description)
        }
        // Which keys the log has is known there alone.
        do {
            try LogPipeline.check(LogPipeline.Settings(reading.configuration.log, environment: environment))
        } catch {
            throw StartFailure(message: "configuration error: \(path): \(error)")
        }
        return reading
    }

    /// Where a configuration has the control socket, also if something else in it is wrong.
    /// - Parameter path: as for `load`.
    static func controlSocket(_ path: String?) throws(StartFailure) -> ControlSocketSetting {
        let environment = environment()
        let path = try self.path(path, environment)
        let text = try read(path)
        do {
            return try ControlSocketSetting(yaml: text, file: path, environment: environment)
        } catch {
            throw StartFailure(message: error.description)
        }
    }

    private static func path(_ path: String?, _ environment: [String: String]) throws(StartFailure) -> String {
        guard let path = path ?? environment["REGISTRY_CONFIGURATION_PATH"], !path.isEmpty else {
            throw StartFailure(
                message: """
                    configuration error: configuration path unspecified
                    Give it as an argument (plimsoll serve config.yml) or in REGISTRY_CONFIGURATION_PATH.
                    """
            )
        }
        return path
    }

    private static func read(_ path: String) throws(StartFailure) -> String {
        guard let file = fopen(path, "re") else {
            throw StartFailure(message: "configuration error: \(path): \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: maximumBytes)
        let count = fread(&bytes, 1, bytes.count, file)
        guard ferror(file) == 0 else {
            throw StartFailure(message: "configuration error: \(path): \(String(cString: strerror(errno)))")
        }
        guard let text = String(validating: bytes[..<count], as: UTF8.self) else {
            throw StartFailure(message: "configuration error: \(path): not UTF-8 text")
        }
        return text
    }

    /// The variables of this process.
    static func environment() -> [String: String] {
        var variables: [String: String] = [:]
        var position = environ
        while let entry = position.pointee {
            let pair = String(cString: entry)
            if let sign = pair.firstIndex(of: "=") {
                variables[String(pair[..<sign])] = String(pair[pair.index(after: sign)...])
            }
            position += 1
        }
        return variables
    }
}
