//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOPosix
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryObjectStorage

@Suite("Credentials of Aliyun OSS", .timeLimit(.minutes(5)))
struct OSSCredentialTests {
    @Test("of the environment are taken where both are there")
    func environment() async throws {
        let whole = ["OSS_ACCESS_KEY_ID": "i", "OSS_ACCESS_KEY_SECRET": "s", "OSS_SESSION_TOKEN": "t"]
        let found = try await OSSEnvironmentCredentials(whole).credentials(at: .now)
        #expect(found == S3Credentials("i", "s", sessionToken: "t"))
        #expect(try await OSSEnvironmentCredentials(["OSS_ACCESS_KEY_ID": "i"]).credentials(at: .now) == nil)
    }

    @Test("of the instance's role come from the platform, for a token")
    func machine() async throws {
        let answer: @Sendable (ScriptedServer.Request) -> ScriptedServer.Answer? = { request in
            if request.method == "PUT", request.uri == "/latest/api/token",
                request["x-aliyun-ecs-metadata-token-ttl-seconds"] == "300"
            {
                return ScriptedServer.Answer(200, "pass")
            }
            guard request["x-aliyun-ecs-metadata-token"] == "pass" else { return ScriptedServer.Answer(403) }
            switch request.uri {
            case "/latest/meta-data/ram/security-credentials/": return ScriptedServer.Answer(200, "some-role")
            case "/latest/meta-data/ram/security-credentials/some-role":
                return ScriptedServer.Answer(
                    200,
                    """
                    {"AccessKeyId":"STS.i","AccessKeySecret":"s","SecurityToken":"t",\
                    "Expiration":"2026-11-29T06:00:00Z","Code":"Success"}
                    """
                )
            default: return ScriptedServer.Answer(404)
            }
        }
        try await ScriptedServer.with(answer) { server in
            let http = BackendHTTP(.init(), on: MultiThreadedEventLoopGroup.singleton)
            let governor = RequestGovernor(driver: "oss", BackendInstruments())
            let source = OSSMachineCredentials(base: "http://\(server.authority)", http, governor)
            let expiry = try #require(WallTime(rfc3339: "2026-11-29T06:00:00Z".utf8))
            let expected = S3Credentials("STS.i", "s", sessionToken: "t", expiry: expiry)
            #expect(try await source.credentials(at: .now) == expected)
            await http.shutDown()
        }
    }

    @Test("are looked for elsewhere where there is no platform")
    func nobody() async throws {
        let http = BackendHTTP(.init(), on: MultiThreadedEventLoopGroup.singleton)
        let governor = RequestGovernor(driver: "oss", BackendInstruments())
        let nobody = try ReservedPort()
        let source = OSSMachineCredentials(base: "http://127.0.0.1:\(nobody.number)", http, governor)
        let error = await #expect(throws: ObjectStoreError.self) { try await source.credentials(at: .now) }
        #expect(error?.code == .denied)
        await http.shutDown()
    }

    @Test("Hosts are Aliyun's own of the region, inside and outside of its network")
    func hosts() {
        let outside = S3Endpoint.aliyun(region: "cn-beijing", bucket: "b", isInternal: false, isSecure: true)
        #expect(outside.base == "https://b.oss-cn-beijing.aliyuncs.com" && outside.signedFolder == "/b")
        let inside = S3Endpoint.aliyun(region: "cn-beijing", bucket: "b", isInternal: true, isSecure: false)
        #expect(inside.base == "http://b.oss-cn-beijing-internal.aliyuncs.com")
    }
}
