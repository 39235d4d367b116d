//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import RegistryAuth
import RegistryConfiguration
import RegistryModel
import RegistryTelemetry

struct AuthCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "auth",
        abstract: "Answers questions about who may do what.",
        subcommands: [AuthExplainCommand.self]
    )
}

struct AuthExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Tells whether somebody may do something, and which rule decides.",
        discussion: """
            It reads the configuration as the server does, and the file of users and the policy that it names. It exits \
            with 0 if the answer is yes, and with 1 if it is no.
            """
    )

    enum Action: String, ExpressibleByArgument, CaseIterable {
        case pull, push, delete

        var needs: RepositoryActions {
            switch self {
            case .pull: .pull
            case .push: [.pull, .push]
            case .delete: .delete
            }
        }
    }

    @Option(help: "Path of the configuration; without it, REGISTRY_CONFIGURATION_PATH tells.")
    var config: String?

    @Option(help: "Name of the user; without it, somebody without credentials.")
    var user: String?

    @Option(help: "Path of a client's certificate in PEM form, whose name is the user.")
    var certificate: String?

    @Option(help: "What is to be done: pull, push or delete.")
    var action: Action

    @Option(help: "Name of the repository.")
    var repository: String

    @Option(help: "The tag that is pushed or deleted, for rules about immutable tags.")
    var tag: String?

    func validate() throws {
        if user != nil, certificate != nil { throw ValidationError("either --user or --certificate") }
    }

    func run() throws {
        let answer: AccessExplanation
        do throws(StartFailure) {
            answer = try explain()
        } catch {
            throw error.reported()
        }
        print(answer.isAllowed ? "allowed" : "denied")
        for reason in answer.reasons { print("  \(reason)") }
        if !answer.isAllowed { throw ExitCode(1) }
    }

    private func explain() throws(StartFailure) -> AccessExplanation {
        let (name, tag): (RepositoryName, Tag?)
        do throws(RegistryError) {
            name = try RepositoryName(repository)
            tag = try self.tag.map { text throws(RegistryError) in try Tag(text) }
        } catch {
            throw StartFailure(message: "plimsoll: \(error.detail ?? error.code.message)")
        }
        let configuration = try ConfigurationFile.load(config)
        let certified = try certificate.map { path throws(StartFailure) in
            try CertifiedUser(file: path, configuration.http.tls)
        }
        return try AccessExplanation(configuration.auth, user: user, certified, action.needs, in: name, tag: tag)
    }
}
