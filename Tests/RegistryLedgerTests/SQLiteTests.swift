//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTestKit
import Testing

@testable import RegistryLedger

@Suite("SQLite")
struct SQLiteTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path + "/test.db"
    }

    @Test("Values come back as they were put in")
    func values() throws {
        let database = try SQLiteConnection(path, .writing)
        try database.execute("CREATE TABLE t (a, b, c, d, e)")
        try database.run(
            "INSERT INTO t VALUES (?1, ?2, ?3, ?4, ?5)",
            .integer(.min),
            .real(0.5),
            .text("a\u{0}é"),
            .blob([0, 255]),
            .null
        )
        let row = try database.first("SELECT a, b, c, d, e FROM t") {
            ($0.integer(0), $0.real(1), $0.text(2), $0.blob(3), $0.isNull(4), $0.optionalText(4))
        }
        let found = try #require(row)
        #expect(found.0 == .min && found.1 == 0.5 && found.2 == "a\u{0}é" && found.3 == [0, 255])
        #expect(found.4 && found.5 == nil)
    }

    @Test("A transaction that fails leaves nothing")
    func rollback() throws {
        let database = try SQLiteConnection(path, .writing)
        try database.execute("CREATE TABLE t (a UNIQUE)")
        #expect(throws: SQLiteError.self) {
            try database.transaction { () throws(SQLiteError) in
                try database.run("INSERT INTO t VALUES (1)")
                try database.run("INSERT INTO t VALUES (1)")
            }
        }
        #expect(try database.first("SELECT count(*) FROM t") { $0.integer(0) } == 0)
        _ = try database.transaction { () throws(SQLiteError) in try database.run("INSERT INTO t VALUES (2)") }
        #expect(try database.first("SELECT count(*) FROM t") { $0.integer(0) } == 1)
    }

    @Test("Failures are told apart")
    func kinds() throws {
        try folder.write(Array(repeating: UInt8(ascii: "x"), count: 4096), to: "none.db")
        let damaged = #expect(throws: LedgerError.self) { try LedgerFile.open(folder.path + "/none.db") }
        #expect(damaged?.kind == .corrupt)
        let first = try SQLiteConnection(path, .writing, busyTimeout: 0)
        let second = try SQLiteConnection(path, .writing, busyTimeout: 0)
        try first.execute("BEGIN EXCLUSIVE")
        let locked = #expect(throws: SQLiteError.self) { try second.execute("BEGIN IMMEDIATE") }
        #expect(locked?.kind == .locked)
        try first.execute("ROLLBACK; CREATE TABLE t (a); PRAGMA max_page_count = 4")
        let full = #expect(throws: SQLiteError.self) {
            try first.run("INSERT INTO t VALUES (?1)", .blob([UInt8](repeating: 1, count: 100_000)))
        }
        #expect(full?.kind == .noSpace)
        let reader = try SQLiteConnection(path, .reading)
        let readOnly = #expect(throws: SQLiteError.self) { try reader.run("INSERT INTO t VALUES (1)") }
        #expect(readOnly?.kind == .readOnly)
    }

    @Test("A file of a later version is left alone")
    func newer() throws {
        let database = try LedgerFile.open(path)
        try database.execute("PRAGMA user_version = 99")
        let error = #expect(throws: LedgerError.self) { try LedgerFile.open(path) }
        #expect(error?.kind == .newer)
        #expect(try database.first("PRAGMA user_version") { $0.integer(0) } == 99)
    }

    @Test("Digests are kept in the order of their texts", arguments: DigestAlgorithm.allCases)
    func digests(algorithm: DigestAlgorithm) throws {
        let digests = (0..<50).map { Digest.of([UInt8($0)], algorithm) }
        for digest in digests { #expect(DigestKey.digest(DigestKey.bytes(of: digest)) == digest) }
        let byText = digests.sorted { byteOrder($0.description, $1.description) }
        let byKey = digests.sorted { DigestKey.bytes(of: $0).lexicographicallyPrecedes(DigestKey.bytes(of: $1)) }
        #expect(byText == byKey)
        #expect(
            DigestKey.digest([]) == nil && DigestKey.digest([0, 1]) == nil
                && DigestKey.digest([7] + Array(repeating: 0, count: 32)) == nil
        )
    }

    @Test("Annotations of any text come back", arguments: [["a": "b"], ["": "", "3:x": "é\u{0}\n", "k": "1:2"]])
    func annotations(_ annotations: [String: String]) {
        #expect(AnnotationText.annotations(AnnotationText.text(of: annotations)) == annotations)
        #expect(AnnotationText.text(of: [:]) == nil)
        for text in ["x", "9:a", "-1:a", "1:a", "1:a1"] { #expect(AnnotationText.annotations(text).isEmpty) }
    }
}
