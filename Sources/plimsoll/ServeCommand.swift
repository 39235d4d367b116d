//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import RegistryConfiguration

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serves a registry.",
        discussion: """
            The configuration is distribution's config.yml, version 0.1. Environment variables that begin with \
            REGISTRY_ override it: REGISTRY_HTTP_ADDR stands for http.addr. SIGTERM and SIGINT end the server after \
            the requests under way.
            """
    )

    @Argument(help: "Path of the configuration; without it, REGISTRY_CONFIGURATION_PATH tells.")
    var config: String?

    func run() async throws {
        let reading: Reloader.Reading
        do throws(StartFailure) {
            reading = try ConfigurationFile.inspect(config)
        } catch {
            throw error.reported()
        }
        do {
            try await Composition(reading, path: config).run()
        } catch let error as StartFailure {
            throw error.reported()
        }
    }
}

/// Why the server does not start, in words for the one who started it.
struct StartFailure: Error {
    let message: String

    /// Prints the message to standard error, and is the exit code for it.
    func reported() -> ExitCode {
        StandardError.write(message + "\n")
        return ExitCode(1)
    }
}
