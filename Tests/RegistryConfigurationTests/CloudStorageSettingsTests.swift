//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration
import Testing

@Suite("The sections storage.gcs and storage.oss")
struct CloudStorageSettingsTests {
    private func with(_ driver: String) -> String {
        "version: 0.1\nhttp: {addr: \":5000\"}\nstorage:\n" + driver
    }

    private func gcs(_ text: String) throws -> GCSSettings {
        guard case .gcs(let settings) = try load(with("  gcs: {\(text)}")).storage.driver else {
            Issue.record("not the driver")
            return GCSSettings()
        }
        return settings
    }

    private func oss(_ text: String) throws -> OSSSettings {
        guard case .oss(let settings) = try load(with("  oss: {\(text)}")).storage.driver else {
            Issue.record("not the driver")
            return OSSSettings()
        }
        return settings
    }

    @Test("gcs: takes every parameter of distribution's")
    func everyGCS() throws {
        let settings = try gcs(
            "bucket: b, keyfile: /etc/key.json, rootdirectory: /root, chunksize: 5242880, maxconcurrency: 60, useragent: me"
        )
        var expected = GCSSettings()
        expected.bucket = "b"
        expected.keyFile = "/etc/key.json"
        expected.rootDirectory = "/root"
        expected.chunkBytes = 5 << 20
        expected.maxConcurrency = 60
        expected.userAgent = "me"
        #expect(settings == expected)
        #expect(try gcs("bucket: b, maxconcurrency: 3").maxConcurrency == 25)
        #expect(try gcs("bucket: b").chunkBytes == 16 << 20)
    }

    @Test("gcs: takes the members of a key's file, unless there is a file, and shows no key")
    func credentials() throws {
        let members = "{type: service_account, client_email: a@b, private_key: \"-----BEGIN\\nabc\\n\", project_id: p}"
        let settings = try gcs("bucket: b, credentials: \(members)")
        #expect(settings.credentials?["private_key"]?.exposed == "-----BEGIN\nabc\n")
        #expect(settings.credentials?["client_email"]?.exposed == "a@b")
        #expect(!"\(settings)".contains("BEGIN"))
        #expect(try gcs("bucket: b, keyfile: /k, credentials: \(members)").credentials == nil)
        #expect(try gcs("bucket: b").credentials == nil)
        #expect(
            problems(with("  gcs: {bucket: b, credentials: {type: authorized_user}}")) == [
                "config.yml:4: storage.gcs.credentials: needs client_email",
                "config.yml:4: storage.gcs.credentials: needs private_key",
                "config.yml:4: storage.gcs.credentials: must be those of a service_account, not of \"authorized_user\"",
            ]
        )
    }

    @Test("gcs: refuses what is wrong")
    func wrongGCS() {
        #expect(problems(with("  gcs: {}")) == ["config.yml:4: storage.gcs.bucket: is required"])
        #expect(
            problems(with("  gcs: {bucket: b, chunksize: 262145, maxconcurrency: -1, region: x}")) == [
                "config.yml:4: storage.gcs.chunksize: must be a multiple of 256 KiB",
                "config.yml:4: storage.gcs.maxconcurrency: must not be below 0",
                "config.yml:4: storage.gcs.region: unknown key",
            ]
        )
    }

    @Test("oss: takes every parameter of distribution's")
    func everyOSS() throws {
        let settings = try oss(
            "accesskeyid: i, accesskeysecret: s, region: oss-cn-beijing, bucket: b, internal: true, encrypt: \"true\", "
                + "encryptionkeyid: k, secure: false, chunksize: 20971520, rootdirectory: /r, endpoint: b.example.com"
        )
        var expected = OSSSettings()
        expected.keyID = Secret("i")
        expected.keySecret = Secret("s")
        expected.region = "cn-beijing"
        expected.bucket = "b"
        expected.isInternal = true
        expected.encrypts = true
        expected.encryptionKeyID = "k"
        expected.isSecure = false
        expected.chunkBytes = 20 << 20
        expected.rootDirectory = "/r"
        expected.endpoint = ExternalHost(scheme: "http", authority: "b.example.com")
        #expect(settings == expected)
        let other = try oss("region: cn-beijing, bucket: b, signatureversion: v1")
        #expect(other.region == "cn-beijing" && other.signature == .version1 && other.isSecure)
    }

    @Test("oss: refuses what is wrong")
    func wrongOSS() {
        let found = problems(
            with("  oss: {accesskeyid: a, chunksize: 1, signatureversion: v2, endpoint: \"https://a/b\"}")
        )
        let expected = [
            "storage.oss: needs accesskeyid and accesskeysecret, or neither", "storage.oss.bucket: is required",
            "storage.oss.region: is required", "storage.oss.endpoint: must be a host, or a URL without a path",
            "storage.oss.chunksize: must be from 5 MiB to 5 GiB", "storage.oss.signatureversion: must be v1 or v4",
        ]
        #expect(Set(found) == Set(expected.map { "config.yml:4: " + $0 }))
        #expect(
            problems(with("  oss: {region: \"../x\", bucket: b}")) == [
                "config.yml:4: storage.oss.region: must be a region such as oss-cn-hangzhou"
            ]
        )
    }
}
