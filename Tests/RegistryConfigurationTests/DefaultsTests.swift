//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration
import Testing

@Suite("Defaults")
struct DefaultsTests {
    @Test("the smallest file gives every default")
    func smallestFile() throws {
        let configuration = try load(file())
        #expect(configuration.log == LogSettings(level: .info, fields: [:], accessLogDisabled: false))
        #expect(configuration.storage.driver == .inMemory)
        #expect(configuration.storage.deleteEnabled == false)
        #expect(configuration.storage.redirectDisabled == false)
        #expect(configuration.storage.descriptorCache == .none)
        #expect(configuration.storage.readOnly == false)
        #expect(configuration.storage.reserve == .percent(1))
        #expect(configuration.storage.tagConcurrencyLimit == nil)
        #expect(configuration.http.address == ListenAddress(host: "", port: 5000))
        #expect(configuration.http.unixSocketPath == nil)
        #expect(configuration.http.prefix.isEmpty)
        #expect(configuration.http.host == nil)
        #expect(configuration.http.secret == nil)
        #expect(configuration.http.relativeURLs == false)
        #expect(configuration.http.drainTimeout == .seconds(30))
        #expect(configuration.http.headers.isEmpty)
        #expect(configuration.http.http2Disabled == false)
        #expect(configuration.http.debug == nil)
        #expect(configuration.http.timeouts.header == .seconds(15))
        #expect(configuration.http.timeouts.idle == .seconds(120))
        #expect(configuration.http.timeouts.body == .seconds(60))
        #expect(configuration.http.timeouts.write == .seconds(60))
        #expect(configuration.health.storageDriver.enabled == false)
        #expect(configuration.health.storageDriver.interval == .seconds(10))
        #expect(configuration.health.storageDriver.threshold == 0)
        #expect(configuration.catalog.maxEntries == 1000)
        #expect(configuration.tags.maxTags == 1000)
    }

    @Test("a value without a file equals the same value from a file")
    func withoutFile() throws {
        let built = RegistryConfiguration(
            storage: StorageSettings(driver: .inMemory),
            http: HTTPSettings(address: ListenAddress(host: "", port: 5000)),
        )
        #expect(try load(file()) == built)
    }

    @Test("null is the same as leaving a key out")
    func nulls() throws {
        let text = file(
            storage: "delete: , cache: ~, reserve: null, maintenance: {uploadpurging: , readonly: Null}",
            http: "prefix: , tls: , headers: , debug: ~, timeouts: {idle: }",
            "log: \nhealth:\ncatalog: {maxentries: }\nauth:\nproxy: ~",
        )
        #expect(try load(text) == load(file()))
    }

    @Test("the file that Debian installs is accepted as it is")
    func debian() throws {
        let configuration = try load(
            """
            version: 0.1
            log:
              fields:
                service: registry
            storage:
              cache:
                blobdescriptor: inmemory
              filesystem:
                rootdirectory: /var/lib/docker-registry
              delete:
                enabled: true
            http:
              addr: :5000
              headers:
                X-Content-Type-Options: [nosniff]
            health:
              storagedriver:
                enabled: true
                interval: 10s
                threshold: 3
            """
        )
        let expected = RegistryConfiguration(
            log: LogSettings(fields: ["service": "registry"]),
            storage: StorageSettings(
                driver: .filesystem(FilesystemSettings(rootDirectory: "/var/lib/docker-registry", maxThreads: 100)),
                deleteEnabled: true,
                descriptorCache: .inMemory(size: 10_000),
            ),
            http: HTTPSettings(
                address: ListenAddress(host: "", port: 5000),
                headers: [HTTPHeaderSetting(name: "X-Content-Type-Options", values: ["nosniff"])],
            ),
            health: HealthSettings(
                storageDriver: StorageHealth(enabled: true, interval: .seconds(10), threshold: 3)
            ),
        )
        #expect(configuration == expected)
    }
}
