//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOHTTP1
import NIOPosix
import RegistryModel
import RegistryStorage
import RegistryTelemetry
import RegistryTestKit
import Synchronization
import Testing

@testable import RegistryObjectStorage

/// What a server of Google's says, where none that can be had says it.
@Suite("Google Cloud Storage, as scripted", .timeLimit(.minutes(5)))
struct GCSObjectStoreTests {
    private static func account(_ server: ScriptedServer) throws -> GCSServiceAccountKey {
        try #require(
            GCSServiceAccountKey([
                "client_email": GCSSignatureVector.account, "private_key": GCSSignatureVector.privateKey,
                "token_uri": "http://\(server.authority)/token",
            ])
        )
    }

    private static func client() -> GCSTokenClient {
        GCSTokenClient(
            BackendHTTP(.init(), on: MultiThreadedEventLoopGroup.singleton),
            RequestGovernor(driver: "gcs", BackendInstruments()),
            pool: .forTests
        )
    }

    private static let object = #"{"size":"5","generation":"17"}"#

    @Test("A token is had for an assertion, kept, and asked for again once it is not taken")
    func tokens() async throws {
        let tokens = Mutex(0)
        let answer: @Sendable (ScriptedServer.Request) -> ScriptedServer.Answer? = { request in
            if request.uri == "/token" {
                guard
                    request.text.hasPrefix(
                        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=ey"
                    )
                else { return ScriptedServer.Answer(400) }
                let number = tokens.withLock { count in
                    count += 1
                    return count
                }
                return ScriptedServer.Answer(
                    200,
                    #"{"access_token":"token-\#(number)","expires_in":3599,"token_type":"Bearer"}"#
                )
            }
            // The first is withdrawn before its time.
            if request["authorization"] == "Bearer token-2" { return ScriptedServer.Answer(200, Self.object) }
            return ScriptedServer.Answer(401, #"{"error":{"code":401,"message":"Invalid Credentials"}}"#)
        }
        try await ScriptedServer.with(answer) { server in
            let identity = GCSServiceAccount(try Self.account(server), Self.client())
            let test = GCSTestDriver(authority: server.authority, identity: identity)
            for _ in 0..<3 { #expect(try await test.store.head("a") == ObjectFacts(size: 5, version: "17")) }
            #expect(tokens.withLock { $0 } == 2)
            #expect(test.instruments.retries[.credentials].value == 1)
            await test.driver.shutDown()
        }
    }

    @Test("An account that is refused is refused, and nothing of its key is told")
    func refused() async throws {
        let answer: @Sendable (ScriptedServer.Request) -> ScriptedServer.Answer? = { _ in
            ScriptedServer.Answer(400, #"{"error":"invalid_grant","error_description":"Invalid JWT Signature."}"#)
        }
        try await ScriptedServer.with(answer) { server in
            let identity = GCSServiceAccount(try Self.account(server), Self.client())
            let test = GCSTestDriver(authority: server.authority, identity: identity)
            do {
                _ = try await test.store.head("a")
                Issue.record("was taken")
            } catch let error as ObjectStoreError {
                #expect(error.code == .denied)
                #expect(error.cause == "invalid_grant: Invalid JWT Signature.")
            }
            await test.driver.shutDown()
        }
    }

    @Test("The machine's clock may be wrong: an assertion is made again with the server's time")
    func clock() async throws {
        let times = Mutex<[Double]>([])
        let answer: @Sendable (ScriptedServer.Request) -> ScriptedServer.Answer? = { request in
            guard request.uri == "/token" else { return ScriptedServer.Answer(200, Self.object) }
            let claims = request.text.split(separator: ".").dropFirst().first.flatMap { Base64URL.decode(String($0)) }
            let issued = claims.flatMap { try? StrictJSON($0) }?["iat"]?.number ?? 0
            times.withLock { $0.append(issued) }
            let date = HTTPDate.text(WallTime(microseconds: WallTime.now.microseconds + 7_200_000_000))
            guard issued > Double(WallTime.now.microseconds / 1_000_000) + 7_000 else {
                return ScriptedServer.Answer(400, #"{"error":"invalid_grant"}"#, [("Date", date)])
            }
            return ScriptedServer.Answer(200, #"{"access_token":"token","expires_in":3599}"#, [("Date", date)])
        }
        try await ScriptedServer.with(answer) { server in
            let identity = GCSServiceAccount(try Self.account(server), Self.client())
            let test = GCSTestDriver(authority: server.authority, identity: identity)
            #expect(try await test.store.head("a").size == 5)
            #expect(times.withLock { $0.count } == 2)
            await test.driver.shutDown()
        }
    }

    @Test("The machine's own account signs addresses by the service that signs for it")
    func machine() async throws {
        let key = try #require(RSASigningKey(pem: GCSSignatureVector.privateKey))
        let answer: @Sendable (ScriptedServer.Request) -> ScriptedServer.Answer? = { request in
            let folder = "/computeMetadata/v1/instance/service-accounts/default/"
            let mark = [("Metadata-Flavor", "Google")]
            switch request.uri {
            case folder + "token" where request["metadata-flavor"] == "Google":
                return ScriptedServer.Answer(200, #"{"access_token":"machine","expires_in":100}"#, mark)
            case folder + "email": return ScriptedServer.Answer(200, "some@project.iam.gserviceaccount.com", mark)
            case "/v1/projects/-/serviceAccounts/some%40project.iam.gserviceaccount.com:signBlob":
                guard request["authorization"] == "Bearer machine", let document = try? StrictJSON(request.body),
                    let payload = document["payload"]?.string.flatMap({ Base64.decode($0.utf8, .standard) }),
                    let signature = key.sign(payload)
                else { return ScriptedServer.Answer(400) }
                return ScriptedServer.Answer(200, #"{"keyId":"1","signedBlob":"\#(Digesting.base64(signature))"}"#)
            default: return ScriptedServer.Answer(404)
            }
        }
        try await ScriptedServer.with(answer) { server in
            let identity = GCSMachineAccount(
                ["GCE_METADATA_HOST": server.authority],
                Self.client(),
                signer: "http://\(server.authority)"
            )
            let test = GCSTestDriver(authority: server.authority, identity: identity)
            let url = try #require(try await test.store.signedURL("a/ü", .head, validFor: .seconds(1200)))
            #expect(url.hasPrefix("http://\(server.authority)/registry/a/%C3%BC?X-Goog-Algorithm=GOOG4-RSA-SHA256&"))
            #expect(url.contains("&X-Goog-Expires=1200&") && url.contains("some%40project.iam.gserviceaccount.com%2F"))
            #expect(url.split(separator: "=").last?.count == 512)
            await test.driver.shutDown()
        }
    }

    @Test("A session goes on where its connection broke, and sends nothing twice")
    func resumed() async throws {
        let state = Mutex((received: [UInt8](), requests: [String]()))
        let whole = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
        let address = Mutex("")
        let answer: @Sendable (ScriptedServer.Request) -> ScriptedServer.Answer? = { request in
            if request.uri.hasPrefix("/upload/storage/v1/b/registry/o?") {
                return ScriptedServer.Answer(200, "", [("Location", "http://\(address.withLock { $0 })/session/1")])
            }
            let range = request["content-range"] ?? ""
            return state.withLock { state in
                state.requests.append(range)
                if range == "bytes */100000" {
                    return ScriptedServer.Answer(
                        308,
                        "",
                        state.received.isEmpty ? [] : [("Range", "bytes=0-\(state.received.count - 1)")]
                    )
                }
                state.received += request.body
                if state.received.count == 100_000, state.requests.count == 1 {
                    // Of the first, only some has arrived before the connection breaks.
                    state.received.removeLast(40_000)
                    return nil
                }
                return ScriptedServer.Answer(200, #"{"size":"\#(state.received.count)","generation":"3"}"#)
            }
        }
        try await ScriptedServer.with(answer) { server in
            address.withLock { $0 = server.authority }
            let test = GCSTestDriver(authority: server.authority, resumableBytes: 50_000)
            try await test.store.put("a", ObjectBytes([ByteBuffer(bytes: whole)]), .appended)
            #expect(state.withLock { $0.received } == whole)
            let requests = state.withLock { $0.requests }
            #expect(requests == ["bytes 0-99999/100000", "bytes */100000", "bytes 60000-99999/100000"])
            await test.driver.shutDown()
        }
    }

    @Test("Nothing is sent to a session at another server, which the bucket may tell of")
    func sessionElsewhere() async throws {
        let asked = Mutex(0)
        try await ScriptedServer.with({ _ in
            asked.withLock { $0 += 1 }
            return ScriptedServer.Answer(200, Self.object)
        }) { stranger in
            let authority = stranger.authority
            let answer: @Sendable (ScriptedServer.Request) -> ScriptedServer.Answer? = { request in
                guard request.uri.hasPrefix("/storage/") else { return ScriptedServer.Answer(200, "rest") }
                return ScriptedServer.Answer(
                    200,
                    """
                    {"size":"4","generation":"1","contentType":"application/x-docker-upload-session",\
                    "metadata":{"Session-URI":"http://\(authority)/session","Offset":"262144"}}
                    """
                )
            }
            try await ScriptedServer.with(answer) { server in
                let test = GCSTestDriver(authority: server.authority)
                let upload = try #require(try await test.store.session(at: "a"))
                #expect(try await test.store.parts(of: upload).map(\.size) == [262_144, 4])
                do {
                    try await test.store.complete(upload, [])
                    Issue.record("was sent")
                } catch let error as ObjectStoreError {
                    #expect(error.cause == "a session at another server")
                }
                #expect(asked.withLock { $0 } == 0)
                await test.driver.shutDown()
            }
        }
    }

    @Test(
        "Failures are what they are, in both APIs",
        arguments: [
            (
                404, #"{"error":{"code":404,"message":"No such object: b/o","errors":[{"reason":"notFound"}]}}"#,
                .notFound
            ),
            (404, #"{"error":{"code":404,"message":"The specified bucket does not exist."}}"#, .failed),
            (404, "<?xml version='1.0'?><Error><Code>NoSuchBucket</Code><Message>x</Message></Error>", .failed),
            (404, "<?xml version='1.0'?><Error><Code>NoSuchKey</Code><Message>x</Message></Error>", .notFound),
            (403, #"{"error":{"code":403,"errors":[{"reason":"rateLimitExceeded"}]}}"#, .transient(.tooManyRequests)),
            (403, #"{"error":{"code":403,"errors":[{"reason":"forbidden"}]}}"#, .denied),
            (401, "", .transient(.credentials)), (408, "", .transient(.timeout)), (412, "", .preconditionFailed),
            (416, "", .invalidRange), (429, "", .transient(.tooManyRequests)), (500, "", .transient(.serverError)),
            (502, "<html>", .transient(.serverError)), (503, "", .transient(.slowDown)), (400, "", .failed),
        ] as [(Int, String, ObjectStoreError.Code)]
    )
    func failures(_ status: Int, _ body: String, _ code: ObjectStoreError.Code) {
        let answer = BackendAnswer(status: status, fields: [:], body: ByteBuffer(string: body), stream: nil)
        #expect(GCSFailure.error(answer)?.code == code)
    }

    @Test("Parts are found again by the key that they are for", arguments: ["", "/some/root/"])
    func partKeys(_ root: String) throws {
        let keys = GCSPartKeys(root: root)
        let key = ObjectKeys(root: root).prefix + "docker/registry/v2/a~b/ü/data"
        let begun = WallTime(microseconds: 1_795_867_200_123_456)
        let upload = MultipartUpload(key, id: GCSPartKeys.id(begun, .appended), begun: begun)
        #expect(keys.upload(ofFolder: keys.folder(upload)) == upload)
        #expect(GCSPartKeys.mark(upload.id) == .appended)
        #expect(keys.folder(upload).hasPrefix(keys.folders(under: ObjectKeys(root: root).prefix + "docker/registry/")))
        #expect(keys.part(7, of: upload).hasSuffix("/000007") && keys.isPart(keys.part(7, of: upload)))
        #expect(keys.upload(ofFolder: "docker/registry/v2/") == nil)
    }

    @Test("What a session has received is read out of its range")
    func received() {
        #expect(GCSObjectStore.received("bytes=0-262143") == 262_144)
        #expect(GCSObjectStore.received(nil) == 0)
        #expect(GCSObjectStore.received("bytes=5-9") == 0)
    }
}
