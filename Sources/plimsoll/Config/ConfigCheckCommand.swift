//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import Glibc
import RegistryConfiguration

struct ConfigCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Tells everything that is wrong with a configuration.",
        discussion: """
            Problems go to standard error, a line each, with file and line or with the variable; the exit code is 1 then. \
            What the configuration names but is not there on this machine, such as a certificate, is a warning only.
            """
    )

    @OptionGroup var options: ConfigurationOptions

    func run() throws {
        let reading: (configuration: RegistryConfiguration, effective: EffectiveConfiguration)
        do throws(StartFailure) {
            reading = try ConfigurationFile.inspect(options.file, usesEnvironment: !options.ignoreEnvironment)
        } catch {
            throw error.reported()
        }
        for warning in PathWarning.all(reading.effective) { warning.report() }
        PathWarning.volatileEvents(reading.configuration, reading.effective)?.report()
        PathWarning.idleTraces(reading.effective)?.report()
        print("\(reading.effective.file): ok: \(summary(reading.configuration, reading.effective))")
    }

    private func summary(_ configuration: RegistryConfiguration, _ effective: EffectiveConfiguration) -> String {
        let storage =
            switch configuration.storage.driver {
            case .filesystem(let settings): "filesystem \(settings.rootDirectory)"
            case .s3(let settings): "s3 \(settings.bucket)/\(settings.rootDirectory.trimmingSlashes)"
            case .azure(let settings): "azure \(settings.container)/\(settings.rootDirectory.trimmingSlashes)"
            case .gcs(let settings): "gcs \(settings.bucket)/\(settings.rootDirectory.trimmingSlashes)"
            case .swift(let settings): "swift \(settings.container)/\(settings.prefix)"
            case .oss(let settings): "oss \(settings.bucket)/\(settings.rootDirectory.trimmingSlashes)"
            case .inMemory: "inmemory"
            }
        let http = configuration.http
        let scheme = http.tls == nil ? "http" : "https"
        let counts = effective.counts
        return [
            "storage \(storage)",
            "\(scheme) on \(http.unixSocketPath ?? http.address.description)",
            http.debug.map { "side port on \($0.address)" } ?? "no side port",
            "\(counts.file) values from the file, \(counts.environment) from the environment",
        ].joined(separator: "; ")
    }
}

extension String {
    /// Without slashes at its ends.
    fileprivate var trimmingSlashes: String { split(separator: "/").joined(separator: "/") }
}
