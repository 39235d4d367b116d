//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import Glibc
import RegistryConfiguration
import RegistryModel

/// What all subcommands of `plimsoll ctl` take.
struct ControlOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The server's control socket.", valueName: "path"))
    var socket: String?

    @Option(help: ArgumentHelp("The server's configuration, which tells where the socket is.", valueName: "file"))
    var config: String?

    @Flag(help: "Prints what the server answers, as JSON.")
    var json = false

    /// Asks the server, and prints what it answers.
    /// - Parameter describe: the answer for people.
    /// - Throws: an exit code, after the reason was printed: 1 if the server would not, 2 if there was none.
    func run(
        _ command: String,
        isChange: Bool,
        _ parameters: [(String, String?)] = [],
        _ describe: (StrictJSON) -> String
    ) throws {
        let answer = try ask(command, isChange: isChange, parameters)
        print(json ? answer.text : describe(answer.content))
    }

    /// Asks the server, and prints nothing but why that failed.
    func ask(
        _ command: String,
        isChange: Bool,
        _ parameters: [(String, String?)] = []
    ) throws -> ControlClient.Answer {
        do throws(ControlTrouble) {
            return try ControlClient(path: try place()).ask(command, isChange: isChange, parameters)
        } catch .unreachable(let message) {
            CommandFailure.tell("error: \(message)")
            throw ExitCode(2)
        } catch .refused(let code, let message) {
            CommandFailure.tell("error: \(message)")
            if code == "unknown_command" { CommandFailure.tell("The server is of another version than this program.") }
            throw ExitCode(1)
        }
    }

    /// Where the server is to be found.
    func place() throws(ControlTrouble) -> String {
        if let socket { return socket }
        let environment = ConfigurationFile.environment()
        let places = ControlPlace.standard(environment)
        let found = places.first { access($0, F_OK) == 0 }
        if config != nil || environment["REGISTRY_CONFIGURATION_PATH"]?.isEmpty == false {
            let setting: ControlSocketSetting
            do throws(StartFailure) {
                setting = try ConfigurationFile.controlSocket(config)
            } catch {
                // A server that runs can tell what is wrong with its configuration; but no other server may be asked.
                guard let own = ControlPlace.ofUnit(environment), access(own, F_OK) == 0 else {
                    throw .unreachable(error.message)
                }
                return own
            }
            switch setting {
            case .at(let path): return path
            case .off: throw .unreachable("http.control.socket is empty: this server has no control socket")
            case .standard: break
            }
        }
        return found ?? places.first ?? HTTPSettings.defaultControlSocket
    }
}
