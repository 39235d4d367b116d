//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import RegistryModel

struct CtlDeleteRepositoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete-repository",
        abstract: "Removes a repository, with all its tags and manifests.",
        discussion: """
            Pushes to it that are under way are waited for. Repositories below it stay. Content that no other repository \
            needs is taken out by the next collection of garbage; until the trash is emptied, plimsoll garbage-collect \
            --undelete with the run that is printed takes the repository back.
            """
    )

    @Argument(help: "The name of the repository.")
    var name: String

    @OptionGroup var options: ControlOptions

    func run() throws {
        try options.run("delete-repository", isChange: true, [("name", name)]) { answer in
            """
            removed: \(answer.count("tags")) tags, \(answer.count("manifests")) manifests, \(answer.count("layers")) \
            layer links, \(answer.count("uploads")) uploads; in the trash as \(answer["run"]?.string ?? "")
            """
        }
    }
}
