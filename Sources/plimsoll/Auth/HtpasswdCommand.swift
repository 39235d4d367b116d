//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import Glibc
import RegistryAuth
import RegistryStorage

struct HtpasswdCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "htpasswd",
        abstract: "Creates, changes, verifies or removes a user in a file of users.",
        discussion: """
            The password is the first line of the standard input, so that it stands in no list of processes and in no \
            history. Passwords are hashed with bcrypt. The file is replaced as a whole; a server that uses it takes the \
            change within a second.
            """
    )

    @Argument(help: "Path of the file of users.")
    var file: String

    @Argument(help: "Name of the user.")
    var user: String

    @Flag(help: "Make the file if it is not there.")
    var create = false

    @Flag(help: "Only tell whether the password is right: exit with 0 if it is, with 1 if not.")
    var verify = false

    @Flag(help: "Remove the user.")
    var delete = false

    @Option(help: "The work a password costs, from 4 to 17: each step doubles it.")
    var cost = BcryptHash.defaultCost

    func validate() throws {
        guard !(verify && delete) else { throw ValidationError("Use either --verify or --delete.") }
        guard (4...BcryptHash.maximumCost).contains(cost) else {
            throw ValidationError("The cost is from 4 to \(BcryptHash.maximumCost).")
        }
        let isName = !user.isEmpty && user.utf8.count <= 255 && user.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
        guard isName, !user.contains(":"), !user.hasPrefix("#") else {
            throw ValidationError("A user's name has 1 to 255 bytes, no colon, and does not begin with #.")
        }
    }

    func run() throws {
        do throws(AuthFileError) {
            guard verify else { return try change() }
            let isRight = try PasswordFile.open(file).content.verify(user, try Self.password())
            print(isRight ? "the password is right" : "the password is wrong, or there is no such user")
            if !isRight { throw AuthFileError("") }
        } catch {
            guard !error.description.isEmpty else { throw ExitCode(1) }
            throw StartFailure(message: "plimsoll: \(file): \(error)").reported()
        }
    }

    private func change() throws(AuthFileError) {
        var text = ""
        if access(file, F_OK) == 0 || !create { text = try PasswordFile.text(of: file) }
        let hash = delete ? nil : try BcryptHash.make(try Self.password(), cost: cost)
        let changed = try PasswordFile.setting(user, to: hash, in: text)
        do throws(SystemError) { try WholeFile.replace(file, with: Array(changed.utf8), .kept) } catch {
            throw AuthFileError(error.text)
        }
    }

    /// The first line of the standard input.
    private static func password() throws(AuthFileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 1024)
        var count = 0
        while count < bytes.count, !bytes[..<count].contains(UInt8(ascii: "\n")) {
            let got = bytes.withUnsafeMutableBytes {
                read(STDIN_FILENO, $0.baseAddress.map { $0 + count }, 1024 - count)
            }
            guard got >= 0 else { throw AuthFileError("the standard input: \(String(cString: strerror(errno)))") }
            if got == 0 { break }
            count += got
        }
        let line = bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }
        return Array(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
    }
}
