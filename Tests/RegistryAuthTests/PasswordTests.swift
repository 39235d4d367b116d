//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryAuth

@Suite("Files of users and their passwords")
struct PasswordTests {
    @Test("A password fits its hash and no other, at whatever bcrypt it was made by", arguments: ["2a", "2b", "2y"])
    func verifying(name: String) throws {
        // From the test vectors of OpenBSD's bcrypt.
        let hash = try BcryptHash("$\(name)$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")
        #expect(hash.cost == 5)
        #expect(hash.matches(Array("U*U".utf8)))
        #expect(!hash.matches(Array("U*V".utf8)))
        #expect(!hash.matches(Array("U*U\u{0}".utf8)))
        #expect(!hash.matches([]))
        #expect(!hash.matches([UInt8](repeating: 0xff, count: 100_000)))
        #expect(!hash.matches([0xff, 0xfe, 0x80]))
    }

    @Test("A new hash fits its password, and passwords that bcrypt would cut are refused")
    func making() throws {
        let hash = try BcryptHash.make(Array("pässword".utf8), cost: 4)
        #expect(hash.matches(Array("pässword".utf8)))
        #expect(try BcryptHash(hash.description) == hash)
        for password in [[], [UInt8](repeating: 65, count: 73), [65, 0, 66]] {
            #expect(throws: AuthFileError.self) { _ = try BcryptHash.make(password, cost: 4) }
        }
    }

    @Test("What is not hashed with bcrypt is told by its line, and the rest holds")
    func ignored() throws {
        let good = "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
        let text =
            "# users\n\na:\(good)\r\nb:$apr1$x$y\nc:{SHA}xx\nd:secret\ne:$2y$31$\(good.dropFirst(7))\nf:$2y$05$short\n"
        let file = try PasswordFile(text)
        #expect(Set(file.users.keys) == ["a"])
        #expect(file.ignored.map(\.line) == [4, 5, 6, 7, 8])
        #expect(file.ignored.first?.cause == "the password is hashed with MD5; only bcrypt is taken")
        #expect(!file.ignored.contains { $0.cause.contains("secret") })
        #expect(throws: AuthFileError("line 2: not of the form name:hash")) {
            _ = try PasswordFile("a:\(good)\nsecret\n")
        }
    }

    @Test("One user is changed and the rest of the file stays")
    func editing() throws {
        let hash = try BcryptHash.make([65], cost: 4)
        let text = try PasswordFile.setting("bob", to: hash, in: "# mine\nalice:x\n")
        #expect(text == "# mine\nalice:x\nbob:\(hash)\n")
        #expect(try PasswordFile.setting("alice", to: hash, in: text) == "# mine\nalice:\(hash)\nbob:\(hash)\n")
        #expect(try PasswordFile.setting("alice", to: nil, in: text) == "# mine\nbob:\(hash)\n")
        #expect(throws: AuthFileError.self) { _ = try PasswordFile.setting("carol", to: nil, in: text) }
    }

    @Test(
        "What is no name and password is refused",
        arguments: ["", "!", "YQ==", "YTpi=", "YTpiAA==", "/zpi", "YQo6Yg==", "YTpi YTpi"]
    )
    func malformed(parameter: String) {
        #expect(BasicCredentials(parameter[...]) == nil)
    }

    @Test("Names and passwords are read to the first colon, with or without padding")
    func wellFormed() {
        #expect(BasicCredentials("YTpiOmM=")?.password == Array("b:c".utf8))
        #expect(BasicCredentials("YTpiOmM")?.user == "a")
        #expect(BasicCredentials("Og==")?.areEmpty == true)
        #expect(BasicCredentials("YTr//g==")?.password == [0xff, 0xfe])
    }
}
