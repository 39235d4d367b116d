//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration
import RegistryModel
import Testing

@Suite("Limits, rules and purging")
struct LimitsSettingsTests {
    private func refusals(_ yaml: String) -> [String] {
        problems(file(yaml)).map { $0.replacing("config.yml:4: ", with: "") }
    }

    @Test("takes every limit")
    func all() throws {
        let limits = try load(
            file(
                """
                limits: {maxinflight: 10, maxconnections: 0, maxclientconnections: 3, maxheadersize: 8KiB, clientrate: 2.5, userrate: 100,
                  userburst: 7, tracked: 9, maxblobsize: 5GiB, maxmanifestsize: 1MiB, minbodyrate: 0, minsendrate: 1KiB,
                  rategrace: 5s}
                """
            )
        ).limits
        #expect(limits.maxInFlight == 10)
        #expect(limits.maxConnections == nil)
        #expect(limits.maxClientConnections == 3)
        #expect(limits.maxHeaderSize == 8192)
        #expect(limits.clientRate == RequestRate(perSecond: 2.5, burst: 3))
        #expect(limits.userRate == RequestRate(perSecond: 100, burst: 7))
        #expect(limits.tracked == 9)
        #expect(limits.maxBlobSize == 5 << 30)
        #expect(limits.maxManifestSize == 1 << 20)
        #expect(limits.minBodyRate == nil)
        #expect(limits.minSendRate == 1024)
        #expect(limits.rateGrace == .seconds(5))
        #expect(try load(file()).limits == LimitsSettings())
    }

    @Test(
        "refuses limits that make no sense",
        arguments: [
            ("maxheadersize: 1KiB", "maxheadersize: must be from 4KiB to 1MiB"),
            ("maxmanifestsize: 1GiB", "maxmanifestsize: must be from 1KiB to 64MiB"),
            ("clientrate: -1", "clientrate: must be a number from 0 to 1000000000, not \"-1\""),
            ("clientrate: nan", "clientrate: must be a number from 0 to 1000000000, not \"nan\""),
            ("userrate: 1e-21", "userrate: must be 0, which is no limit, or at least one request in a million seconds"),
            ("clientburst: 5", "clientburst: has no effect without clientrate"),
            ("tracked: 0", "tracked: must not be below 1"),
            ("rategrace: 0", "rategrace: must be longer than 0"),
            ("maxinflights: 1", "maxinflights: unknown key; did you mean \"maxinflight\"?"),
        ]
    )
    func bad(limit: String, message: String) {
        #expect(refusals("limits: {\(limit)}") == ["limits." + message])
    }

    @Test("takes the rules for manifests")
    func validation() throws {
        let rules = """
            validation:
              enabled: true
              manifests:
                urls: {allow: ['^https://a/'], deny: [b]}
                indexes: {platforms: list, platformlist: [{os: linux, architecture: arm64}]}
            """
        let settings = try load(file(rules)).validation
        let (allow, deny) = (try Pattern("^https://a/"), try Pattern("b"))
        #expect(settings.urls == ValidationSettings.URLRules(allow: [allow], deny: [deny]))
        #expect(settings.platforms == .only([ValidationSettings.Platform(os: "linux", architecture: "arm64")]))
        #expect(try load(file("validation: {disabled: true}")).validation.disabled)
        #expect(try load(file("validation: {disabled: true, enabled: false}")).validation.disabled)
        #expect(try load(file("validation: {manifests: {indexes: {platforms: none}}}")).validation.platforms == .none)
    }

    @Test("refuses rules that would do nothing")
    func badValidation() {
        #expect(
            refusals("validation: {enabled: false}") == [
                "validation.enabled: has no effect in distribution; to do without the checks, write disabled: true"
            ]
        )
        #expect(
            refusals("validation: {manifests: {urls: {allow: ['(']}}}") == [
                "validation.manifests.urls.allow.0: \"(\" is no regular expression: it has a ( without its )"
            ]
        )
        let indexes = "validation.manifests.indexes"
        #expect(
            refusals("validation: {manifests: {indexes: {platformlist: [{os: linux}]}}}") == [
                "\(indexes).platformlist.0.architecture: is required",
                "\(indexes).platformlist: has no effect without platforms: list",
            ]
        )
    }

    @Test("takes the classes of repositories")
    func policy() throws {
        #expect(try load(file("policy: {repository: {classes: [image]}}")).policy.repositoryClasses == [.image])
        #expect(try load(file("policy: {repository: {classes: []}}")).policy.repositoryClasses == nil)
        #expect(refusals("policy: {repository: {classes: [chart]}}").count == 1)
    }

    @Test("purging needs none of its keys, unlike in distribution")
    func purging() throws {
        func purging(_ keys: String) throws -> UploadPurgingSettings {
            try load(file(storage: "maintenance: {uploadpurging: {\(keys)}}")).storage.uploadPurging
        }
        #expect(try purging("") == UploadPurgingSettings())
        #expect(try purging("enabled: false") == UploadPurgingSettings(enabled: false))
        #expect(
            try purging("age: 1h, interval: 1m, dryrun: true")
                == UploadPurgingSettings(age: .seconds(3600), interval: .seconds(60), dryRun: true)
        )
        let prefix = "config.yml:2: storage.maintenance.uploadpurging"
        #expect(
            problems(file(storage: "maintenance: {uploadpurging: {age: 168, interval: 0}}")) == [
                "\(prefix).age: a duration needs a unit; write 168s", "\(prefix).interval: must be longer than 0",
            ]
        )
    }
}
