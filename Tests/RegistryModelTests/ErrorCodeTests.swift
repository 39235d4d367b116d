//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import Testing

@Suite("Error codes")
struct ErrorCodeTests {
    /// The table of the distribution specification, and what distribution adds.
    private static let table: [(String, Int)] = [
        ("BLOB_UNKNOWN", 404), ("BLOB_UPLOAD_INVALID", 404), ("BLOB_UPLOAD_UNKNOWN", 404), ("DIGEST_INVALID", 400),
        ("MANIFEST_BLOB_UNKNOWN", 400), ("MANIFEST_INVALID", 400), ("MANIFEST_UNKNOWN", 404), ("NAME_INVALID", 400),
        ("NAME_UNKNOWN", 404), ("SIZE_INVALID", 400), ("UNAUTHORIZED", 401), ("DENIED", 403), ("UNSUPPORTED", 405),
        ("TOOMANYREQUESTS", 429), ("PAGINATION_NUMBER_INVALID", 400), ("RANGE_INVALID", 416), ("TAG_INVALID", 400),
        ("UNAVAILABLE", 503), ("UNKNOWN", 500), ("NOT_FOUND", 404), ("REQUEST_INVALID", 400), ("STORAGE_FULL", 507),
    ]

    @Test("are those of the specification, with their status", arguments: table)
    func status(text: String, status: Int) throws {
        let code = try #require(ErrorCode(rawValue: text))
        #expect(code.status == status)
        #expect(RegistryError(code).status == status)
    }

    @Test("are all in the table")
    func complete() {
        #expect(Set(ErrorCode.allCases.map(\.rawValue)) == Set(Self.table.map(\.0)))
    }

    @Test("are of capitals and underscores, with a text of their own", arguments: ErrorCode.allCases)
    func form(code: ErrorCode) {
        #expect(code.rawValue.utf8.allSatisfy { (0x41...0x5a).contains($0) || $0 == 0x5f })
        #expect(!code.message.isEmpty)
        #expect(code.message.allSatisfy { $0.isASCII && $0 != "\"" && $0 != "\\" })
        #expect(ErrorCode.allCases.filter { $0.message == code.message } == [code])
    }

    @Test("An error may have a better status than its code's")
    func otherStatus() {
        #expect(RegistryError(.manifestInvalid, status: 413).status == 413)
    }

    @Test("A chunk out of order tells where the upload stands")
    func outOfOrder() {
        let error = RegistryError.outOfOrder(offset: 42)
        #expect(error.code == .rangeInvalid)
        #expect(error.status == 416)
        #expect(error.uploadOffset == 42)
        #expect(!error.closesConnection)
    }

    @Test("The errors made by name have the code of their name")
    func named() throws {
        #expect(RegistryError.digestInvalid("x").code == .digestInvalid)
        #expect(RegistryError.manifestInvalid("x").code == .manifestInvalid)
        #expect(RegistryError.nameInvalid("x").code == .nameInvalid)
        #expect(RegistryError.tagInvalid("x").code == .tagInvalid)
        let unknown = RegistryError.nameUnknown(try RepositoryName("a/b"))
        #expect(unknown.code == .nameUnknown)
        #expect(unknown.detail?.contains("a/b") == true)
    }
}
