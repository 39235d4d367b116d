//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration
import Testing

@Suite("The section storage.s3")
struct S3SettingsTests {
    private func yaml(_ name: String, _ keys: String) -> String {
        "version: 0.1\nstorage:\n  \(name): {\(keys)}\nhttp: {addr: \":5000\"}"
    }

    private func s3(_ keys: String, _ name: String = "s3") throws -> S3Settings? {
        guard case .s3(let settings) = try load(yaml(name, keys)).storage.driver else {
            return nil
        }
        return settings
    }

    private func problems(_ keys: String) -> [String] {
        RegistryConfigurationTests.problems(yaml("s3", keys))
    }

    @Test("is taken with the keys of both versions, under both names", arguments: ["s3", "s3aws"])
    func all(name: String) throws {
        let settings = try #require(
            try s3(
                """
                accesskey: a, secretkey: b, region: eu-west-1, bucket: c, encrypt: 'true', keyid: k, secure: false, \
                skipverify: false, v4auth: true, chunksize: 5242880, multipartcopychunksize: 33554432, \
                multipartcopymaxconcurrency: 7, multipartcopythresholdsize: 0, rootdirectory: /r, \
                storageclass: standard_ia, useragent: u, objectacl: public-read, usedualstack: true, \
                regionendpoint: 's3.example.com:9000', forcepathstyle: false, loglevel: off
                """,
                name
            )
        )
        #expect(settings.accessKey?.exposed == "a" && settings.secretKey?.exposed == "b")
        #expect(settings.endpoint == ExternalHost(scheme: "http", authority: "s3.example.com:9000"))
        #expect(settings.encrypts && settings.keyID == "k" && settings.chunkBytes == 5 << 20)
        #expect(settings.copiesAtOnce == 7 && settings.copyThresholdBytes == 0 && settings.copyChunkBytes == 32 << 20)
        #expect(settings.storageClass == "STANDARD_IA" && settings.objectACL == "public-read")
        #expect(settings.forcePathStyle == false && settings.usesDualStack && settings.rootDirectory == "/r")
        #expect(!"\(settings)".contains("exposed"))
    }

    @Test("has distribution's defaults")
    func defaults() throws {
        let settings = try #require(try s3("region: r, bucket: b"))
        #expect(settings.chunkBytes == 10 << 20 && settings.copyChunkBytes == 32 << 20 && settings.copiesAtOnce == 100)
        #expect(
            settings.isSecure && settings.accessKey == nil && settings.storageClass == nil && settings.objectACL == nil
        )
    }

    @Test("is refused where it cannot work")
    func refused() {
        #expect(problems("region: r").contains { $0.hasSuffix("storage.s3.bucket: is required") })
        #expect(problems("bucket: b").contains { $0.contains("needs a region, or a regionendpoint") })
        #expect(
            problems("bucket: b, region: r, accesskey: a").contains { $0.contains("needs accesskey and secretkey") }
        )
        #expect(problems("bucket: b, region: r, chunksize: 1000").contains { $0.contains("chunksize") })
        #expect(problems("bucket: b, region: r, storageclass: COLD").contains { $0.contains("STANDARD_IA") })
        #expect(problems("bucket: b, region: r, v4auth: false").contains { $0.contains("signature version 2") })
        #expect(problems("bucket: b, region: r, regoin: x").contains { $0.contains("did you mean \"region\"?") })
        #expect(problems("bucket: b, regionendpoint: 'ftp://x'").contains { $0.contains("regionendpoint") })
    }
}
