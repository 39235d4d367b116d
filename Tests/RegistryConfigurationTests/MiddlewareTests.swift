//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration
import Testing

@Suite("The middleware of the storage")
struct MiddlewareTests {
    private func middleware(_ text: String) throws -> [StorageMiddleware] {
        try load(file("middleware: {storage: [\(text)]}")).middleware
    }

    private func refusals(_ text: String) -> [String] {
        problems(file("middleware: {\(text)}")).map { $0.replacing("config.yml:4: ", with: "") }
    }

    @Test("is read in its order, without what is disabled")
    func order() throws {
        let read = try middleware(
            """
            {name: redirect, options: {baseurl: "https://cdn.example.com:81/base/"}}, {name: x, disabled: true},
            {name: cloudfront, disabled: true, options: {baseurl: [], other: 1}},
            {name: rewrite, options: {scheme: http, host: "h:82", trimpathprefix: /a}}
            """
        )
        #expect(
            read == [
                .redirect(.init(scheme: "https", authority: "cdn.example.com:81", path: "/base")),
                .rewrite(.init(scheme: "http", host: "h:82", trimmedPrefix: "/a")),
            ]
        )
    }

    @Test("CloudFront's options are those of distribution 2 and 3")
    func cloudFront() throws {
        let least = "{name: cloudfront, options: {baseurl: d.cloudfront.net/a/, privatekey: /k, keypairid: K}}"
        var expected = StorageMiddleware.CloudFront(
            base: .init(scheme: "https", authority: "d.cloudfront.net", path: "/a"),
            privateKey: "/k",
            keyPairID: "K"
        )
        #expect(try middleware(least) == [.cloudFront(expected)])
        expected.duration = .seconds(60)
        expected.interval = .seconds(3600)
        expected.filter = .regions(["us-east-1", "eu-central-1"])
        expected.ranges = "http://127.0.0.1/ranges.json"
        let all = """
            {name: cloudfront, options: {baseurl: "https://d.cloudfront.net/a", privatekey: /k, keypairid: K, duration: 1m,
             UPDATE: 1h, ipfilteredby: awsregion, awsregion: "us-east-1, EU-central-1",
             iprangesurl: "http://127.0.0.1/ranges.json"}}
            """
        for name in ["updatefrequency", "updatefrenquency"] {
            #expect(try middleware(all.replacing("UPDATE", with: name)) == [.cloudFront(expected)])
        }
    }

    @Test("what is unknown, missing or of another is told by name")
    func refusals() {
        #expect(
            refusals("storage: [{name: cloudfrunt}, {disabled: true}], registry: [{name: a}]") == [
                "middleware.registry.0: unknown registry middleware \"a\"; remove it, or set disabled: true",
                """
                middleware.storage.0: unknown storage middleware "cloudfrunt"; did you mean cloudfront?; \
                remove it, or set disabled: true
                """,
                "middleware.storage.1.name: is required",
            ]
        )
        #expect(
            refusals("storage: [{name: redirect, options: {}}]")
                == ["middleware.storage.0.options.baseurl: is required by redirect"]
        )
        #expect(
            refusals("storage: [{name: redirect, options: {baseurl: cdn, bucket: b}}]") == [
                "middleware.storage.0.options.baseurl: must be a URL such as https://registry.example.com",
                "middleware.storage.0.options.bucket: unknown key",
            ]
        )
        #expect(
            Set(refusals("storage: [{name: cloudfront, options: {baseurl: d, ipfilteredby: awsregion}}]")) == [
                "middleware.storage.0.options: ipfilteredby: awsregion needs awsregion, such as us-east-1,eu-central-1",
                "middleware.storage.0.options.keypairid: is required",
                "middleware.storage.0.options.privatekey: is required",
            ]
        )
    }
}

@Suite("What is kept at hand of an object store")
struct ReadCacheSettingsTests {
    private func cache(_ keys: String, redirect: String = "true") -> String {
        file(storage: "redirect: {disable: \(redirect)}, cache: {\(keys)}")
            .replacing("inmemory: {}", with: "s3: {region: r, bucket: b, accesskey: a, secretkey: s}")
    }

    @Test("is as configured")
    func read() throws {
        var expected = ReadCacheSettings()
        #expect(try load(cache("")).storage.readCache == expected)
        #expect(expected.local == nil && expected.tagTime == .seconds(3) && expected.digestTime == .seconds(60))
        expected.local = .init(path: "/var/cache/plimsoll", size: 5 << 30)
        expected.tagTime = .zero
        expected.digestTime = .seconds(600)
        let keys = "local: {path: /var/cache/plimsoll, size: 5GiB}, freshness: {tags: 0s, digests: 10m}"
        #expect(try load(cache(keys)).storage.readCache == expected)
    }

    @Test("a local cache needs a folder, a size, and that blobs come from the registry")
    func refusals() {
        #expect(problems(cache("local: {path: /c}")).count == 1)
        #expect(problems(cache("local: {size: 1GiB}")).count == 1)
        #expect(problems(cache("local: {path: /c, size: 1KiB}")).count == 1)
        let refused = problems(cache("local: {path: /c, size: 1GiB}", redirect: "false"))
        #expect(refused.count == 1 && refused[0].contains("storage.redirect.disable: true"))
    }
}
