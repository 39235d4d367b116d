//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOHTTP1
import RegistryObjectStorage
import RegistryTelemetry
import Testing

/// Answers have the form of the examples of OpenStack's API reference.
@Suite("Tokens of OpenStack")
struct SwiftTokenTests {
    private static func answer(_ status: Int, _ fields: HTTPHeaders = [:], _ body: String = "") -> BackendAnswer {
        BackendAnswer(status: status, fields: fields, body: ByteBuffer(string: body))
    }

    private static let catalogV3 = """
        {"token": {"methods": ["password"], "expires_at": "2026-11-29T02:27:30.000000Z", "catalog": [
            {"type": "identity", "name": "keystone", "endpoints": [
                {"interface": "public", "region": "one", "url": "https://identity.example.com"}]},
            {"type": "object-store", "name": "swift", "endpoints": [
                {"interface": "admin", "region": "one", "region_id": "one", "url": "https://admin.example.com/v1"},
                {"interface": "public", "region": "one", "region_id": "one", "url": "https://one.example.com/v1/AUTH_1/"},
                {"interface": "internal", "region_id": "two", "url": "https://in.example.com/v1/AUTH_1"}]}]}}
        """

    @Test("Version 3: the token is in a field, and the address in the catalogue")
    func version3() throws {
        var credentials = SwiftCredentials(authURL: "https://keystone/v3", version: .v3)
        let answer = Self.answer(201, ["X-Subject-Token": "gAAAA"], Self.catalogV3)
        let grant = try SwiftAuthRequest(credentials).grant(answer, at: .now)
        #expect(grant.secret.token == "gAAAA" && grant.secret.storageURL == "https://one.example.com/v1/AUTH_1")
        #expect(grant.expiry?.secondsDescription == "2026-11-29T02:27:30Z")
        #expect(!"\(grant.secret)".contains("gAAAA"))
        credentials.endpoint = .internal
        credentials.region = "two"
        #expect(try SwiftAuthRequest(credentials).grant(answer, at: .now).secret.storageURL.contains("//in."))
        credentials.region = "three"
        #expect(throws: ObjectStoreError.self) { try SwiftAuthRequest(credentials).grant(answer, at: .now) }
    }

    @Test("Version 2: both are in the body")
    func version2() throws {
        let body = """
            {"access": {"token": {"id": "ab48a9", "expires": "2026-11-29T02:27:30Z"}, "serviceCatalog": [
                {"type": "object-store", "endpoints": [
                    {"region": "one", "publicURL": "https://one.example.com/v1/AUTH_1", "internalURL": "https://in"}]}]}}
            """
        let credentials = SwiftCredentials(authURL: "https://keystone/v2.0", version: .v2)
        let grant = try SwiftAuthRequest(credentials).grant(Self.answer(200, [:], body), at: .now)
        #expect(grant.secret.token == "ab48a9" && grant.secret.storageURL == "https://one.example.com/v1/AUTH_1")
        #expect(grant.expiry?.secondsDescription == "2026-11-29T02:27:30Z")
    }

    @Test("Version 1: both are in fields, and what is refused is told without a secret")
    func version1() throws {
        let request = SwiftAuthRequest(SwiftCredentials(authURL: "https://swift/auth/v1.0", version: .v1))
        let time = WallTime(microseconds: 1_000_000)
        let fields: HTTPHeaders = [
            "X-Auth-Token": "AUTH_tk", "X-Storage-Url": "https://swift/v1/AUTH_a", "X-Auth-Token-Expires": "60",
        ]
        let grant = try request.grant(Self.answer(200, fields), at: time)
        #expect(grant.secret.token == "AUTH_tk" && grant.expiry?.microseconds == 61_000_000)
        #expect(throws: ObjectStoreError.self) { try request.grant(Self.answer(401, [:], "a secret"), at: time) }
        #expect(throws: ObjectStoreError.self) { try request.grant(Self.answer(200), at: time) }
    }

    @Test(
        "What Swift's answers mean",
        arguments: [
            (401, ObjectStoreError.Code.transient(.credentials)), (404, .notFound), (498, .transient(.tooManyRequests)),
            (503, .transient(.slowDown)), (507, .noSpace), (422, .transient(.wrongLength)),
            (500, .transient(.serverError)),
        ]
    )
    func failures(_ status: Int, _ code: ObjectStoreError.Code) {
        #expect(SwiftFailure.error(Self.answer(status))?.code == code)
        #expect(SwiftFailure.error(Self.answer(413, [:], "Upload exceeds quota."))?.code == .noSpace)
        #expect(SwiftFailure.error(Self.answer(201)) == nil)
    }

    @Test("What Azure's answers mean")
    func azureFailures() {
        func code(_ status: Int, _ fields: HTTPHeaders = [:], _ body: String = "") -> ObjectStoreError.Code? {
            AzureFailure.error(Self.answer(status, fields, body), now: .now)?.code
        }
        #expect(code(404, ["x-ms-error-code": "BlobNotFound"]) == .notFound)
        #expect(code(404, ["x-ms-error-code": "ContainerNotFound"]) == .failed)
        #expect(code(503, [:], "<Error><Code>ServerBusy</Code></Error>") == .transient(.slowDown))
        #expect(code(500, ["x-ms-error-code": "OperationTimedOut"]) == .transient(.timeout))
        #expect(code(403, ["Date": "Sun, 06 Nov 1994 08:49:37 GMT"]) == .transient(.clockSkew))
        #expect(code(403, ["Date": HTTPDate.text(.now)]) == .denied)
        #expect(code(200) == nil)
    }
}
