//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration
import Testing

@Suite("The section storage")
struct StorageSettingsTests {
    private func with(_ storage: String) -> String {
        "version: 0.1\nhttp: {addr: \":5000\"}\nstorage:\n" + storage
    }

    @Test("takes the filesystem driver and its parameters")
    func filesystem() throws {
        let text = with("  filesystem: {rootdirectory: ./data, maxthreads: 50}")
        let expected = FilesystemSettings(rootDirectory: "./data", maxThreads: 50)
        #expect(try load(text).storage.driver == .filesystem(expected))
        #expect(expected.maxThreads == 50)
    }

    @Test("gives the filesystem driver its defaults")
    func filesystemDefaults() throws {
        guard case .filesystem(let settings) = try load(with("  filesystem:")).storage.driver else {
            Issue.record("not the filesystem driver")
            return
        }
        #expect(settings.rootDirectory == "/var/lib/registry")
        #expect(settings.maxThreads == 100)
    }

    @Test("raises few threads to 25, as distribution does", arguments: [(0, 25), (24, 25), (25, 25), (26, 26)])
    func threads(given: Int, taken: Int) throws {
        let driver = try load(with("  filesystem: {maxthreads: \"\(given)\"}")).storage.driver
        guard case .filesystem(let settings) = driver else {
            Issue.record("not the filesystem driver")
            return
        }
        #expect(settings.maxThreads == taken)
    }

    @Test("checks the parameters of drivers")
    func parameters() {
        #expect(
            problems(with("  filesystem:\n    rootdirectory: \"\"\n    maxthreads: many\n    rootdir: /x")) == [
                "config.yml:5: storage.filesystem.rootdirectory: must not be empty",
                "config.yml:6: storage.filesystem.maxthreads: must be a whole number, not \"many\"",
                "config.yml:7: storage.filesystem.rootdir: unknown key",
            ]
        )
        #expect(
            problems(with("  filesystem: {rootdirectory: \"a\\0b\"}")) == [
                "config.yml:4: storage.filesystem.rootdirectory: must not contain a NUL character"
            ]
        )
        #expect(
            problems(with("  filesystem: {maxthreads: -1}")) == [
                "config.yml:4: storage.filesystem.maxthreads: must not be below 0"
            ]
        )
        #expect(problems(with("  inmemory: {size: 1}")) == ["config.yml:4: storage.inmemory.size: unknown key"])
    }

    @Test("takes the name of a driver alone")
    func shortForm() throws {
        #expect(try load("version: 0.1\nstorage: inmemory\nhttp: {addr: \":1\"}").storage.driver == .inMemory)
        let filesystem = try load("version: 0.1\nstorage: filesystem\nhttp: {addr: \":1\"}").storage.driver
        #expect(filesystem == .filesystem(FilesystemSettings()))
    }

    @Test("wants exactly one driver")
    func exactlyOne() {
        #expect(
            problems(with("  delete: {enabled: true}")) == [
                "config.yml:3: storage: needs exactly one driver: filesystem, s3, azure, gcs, swift, oss or inmemory"
            ]
        )
        #expect(
            problems("version: 0.1\nhttp: {addr: \":5000\"}") == [
                "config.yml: storage: needs exactly one driver: filesystem, s3, azure, gcs, swift, oss or inmemory"
            ]
        )
        #expect(
            problems(with("  inmemory:\n  filesystem:")) == [
                "config.yml:5: storage.filesystem: a second storage driver beside inmemory; exactly one is allowed"
            ]
        )
    }

    @Test("tells a strange driver from a slip of the pen")
    func strangers() {
        #expect(
            problems(with("  cephfs: {}")) == [
                "config.yml:4: storage.cephfs: unknown storage driver \"cephfs\", known: filesystem, s3, azure, gcs, swift, oss, inmemory"
            ]
        )
        #expect(
            problems(with("  filesytem: {}")) == [
                "config.yml:4: storage.filesytem: unknown key; did you mean \"filesystem\"?"
            ]
        )
        #expect(
            problems(with("  delte: {}")) == [
                "config.yml:3: storage: needs exactly one driver: filesystem, s3, azure, gcs, swift, oss or inmemory",
                "config.yml:4: storage.delte: unknown key; did you mean \"delete\"?",
            ]
        )
    }

    @Test("takes the keys beside the driver")
    func besideDriver() throws {
        let keys = "delete: {enabled: true}, redirect: {disable: true}, maintenance: {readonly: {enabled: true}}"
        let storage = try load(file(storage: keys + ", tag: {concurrencylimit: 8}, reserve: 5GiB")).storage
        #expect(storage.deleteEnabled)
        #expect(storage.redirectDisabled)
        #expect(storage.readOnly)
        #expect(storage.tagConcurrencyLimit == 8)
        #expect(storage.reserve == .bytes(5_368_709_120))
    }

    @Test("keeps a limit of 0 apart from none")
    func concurrencyLimit() throws {
        #expect(try load(file(storage: "tag: {concurrencylimit: 0}")).storage.tagConcurrencyLimit == 0)
        #expect(
            problems(file(storage: "tag: {concurrencylimit: -1}")) == [
                "config.yml:2: storage.tag.concurrencylimit: must not be below 0"
            ]
        )
    }

    @Test("takes the cache under both its names")
    func cache() throws {
        func cache(_ text: String) throws -> DescriptorCache {
            try load(file(storage: "cache: {\(text)}")).storage.descriptorCache
        }
        #expect(try cache("blobdescriptor: inmemory") == .inMemory(size: 10_000))
        #expect(try cache("layerinfo: inmemory") == .inMemory(size: 10_000))
        #expect(try cache("blobdescriptor: inmemory, blobdescriptorsize: 0") == .inMemory(size: 0))
        #expect(try cache("layerinfo: inmemory, blobdescriptor: \"\"") == .none)
        #expect(try cache("blobdescriptorsize: 5") == .none)
        #expect(
            problems(file(storage: "cache: {blobdescriptor: redis}")) == [
                "config.yml:2: storage.cache.blobdescriptor: redis is not supported yet; use inmemory"
            ]
        )
        #expect(
            problems(file(storage: "cache: {blobdescriptor: disk}")) == [
                "config.yml:2: storage.cache.blobdescriptor: must be inmemory, not \"disk\""
            ]
        )
    }

    @Test(
        "takes shares and sizes for the reserve",
        arguments: [
            ("0", SpaceReserve.none), ("0%", .none), ("0MiB", .none), ("2.5%", .percent(2.5)),
            ("99.9%", .percent(99.9)), ("1e1%", .percent(10)),
            ("4096", .bytes(4096)), ("1KiB", .bytes(1024)), ("512MiB", .bytes(536_870_912)),
            ("\"3GiB\"", .bytes(3_221_225_472)),
            ("1TiB", .bytes(1_099_511_627_776)), ("9223372036854775807", .bytes(.max)),
        ]
    )
    func reserve(text: String, expected: SpaceReserve) throws {
        #expect(try load(file(storage: "reserve: \(text)")).storage.reserve == expected)
    }

    @Test(
        "refuses other reserves",
        arguments: [
            "-1", "1MB", "1kib", "1 MiB", "1.5GiB", "MiB", "100%", "-1%", "nan%", "0x1p3%", "1e2%", "\"%\"",
            "9223372036854775808",
            "9007199254740992KiB", "much", "[1%]",
        ]
    )
    func badReserve(text: String) {
        let lines = problems(file(storage: "reserve: \(text)"))
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix("config.yml:2: storage.reserve: ") == true)
    }
}
