//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration
import RegistryModel
import Testing

@Suite("The other sections")
struct OtherSectionsTests {
    @Test("the health of the storage is taken")
    func health() throws {
        let health = try load(file("health: {storagedriver: {enabled: true, interval: 1m, threshold: 4}}")).health
        #expect(health.storageDriver == StorageHealth(enabled: true, interval: .seconds(60), threshold: 4))
        let zero = try load(file("health: {storagedriver: {interval: 0}}")).health.storageDriver
        #expect(zero.interval == .seconds(10))
        #expect(
            problems(file("health: {storagedriver: {interval: -1s, threshold: -1}}")) == [
                "config.yml:4: health.storagedriver.interval: must not be negative",
                "config.yml:4: health.storagedriver.threshold: must not be below 0",
            ]
        )
    }

    @Test("the sizes of lists are taken")
    func lists() throws {
        let configuration = try load(file("catalog: {maxentries: 5}\ntags: {maxtags: 6}"))
        #expect(configuration.catalog.maxEntries == 5)
        #expect(configuration.tags.maxTags == 6)
        let zero = try load(file("catalog: {maxentries: 0}\ntags: {maxtags: 0}"))
        #expect(zero.catalog.maxEntries == 1000)
        #expect(zero.tags.maxTags == 1000)
        #expect(
            problems(file("catalog: {maxentries: -1}\ntags: {maxtags: 2147483648}")) == [
                "config.yml:4: catalog.maxentries: must not be below 0",
                "config.yml:5: tags.maxtags: must not be above 2147483647",
            ]
        )
    }

    @Test("the ledger is kept unless it is switched off")
    func ledger() throws {
        #expect(try load(file("")).ledger == LedgerSettings(enabled: true, path: nil, listings: true))
        let configuration = try load(file("ledger: {enabled: false, path: /srv/ledger.db, listings: false}"))
        #expect(configuration.ledger == LedgerSettings(enabled: false, path: "/srv/ledger.db", listings: false))
        #expect(try load(file("ledger: {path: \"\"}")).ledger.path == nil)
        #expect(try load(file("ledger: {usageage: 24h}")).ledger.usageAge == .seconds(86_400))
        #expect(problems(file("ledger: {usageage: -1h}")) == ["config.yml:4: ledger.usageage: must not be negative"])
        #expect(
            problems(file("ledger: {enabled: maybe, file: x}")) == [
                "config.yml:4: ledger.enabled: must be true or false, not \"maybe\"",
                "config.yml:4: ledger.file: unknown key",
            ]
        )
    }

    @Test("Scheduled exports have a name, a time and one place each")
    func reports() throws {
        let configuration = try load(
            file(
                """
                reports:
                  schedule:
                    - {name: nightly, at: "02:30", directory: /srv/exports, keep: 5}
                    - {name: a.b_c-1, every: 90m, formats: [jsonl], repository: reports/capacity}
                """
            )
        )
        let repository = ReportsSettings.Target.repository(try RepositoryName("reports/capacity"))
        #expect(
            configuration.reports.schedule == [
                .init(name: "nightly", timing: .at(.seconds(9000)), target: .directory("/srv/exports"), keep: 5),
                .init(name: "a.b_c-1", timing: .every(.seconds(5400)), formats: [.jsonl], target: repository),
            ]
        )
        #expect(try load(file("reports: {schedule: []}")).reports == ReportsSettings())
        func messages(_ entry: String) -> [String] {
            problems(file("reports: {schedule: [\(entry)]}")).map {
                $0.split(separator: ": ").dropFirst().joined(separator: ": ")
            }
        }
        #expect(messages("{name: a}") == ["reports.schedule.0: needs either a directory or a repository"])
        #expect(
            messages("{name: a, directory: /x, repository: y}")
                == ["reports.schedule.0: needs either a directory or a repository"]
        )
        #expect(messages("{directory: /x}") == ["reports.schedule.0.name: is required"])
        #expect(
            messages("{name: A, directory: /x, every: 1s, at: \"24:00\", keep: 0, formats: [xml]}").count == 5
        )
        #expect(
            messages("{name: a, directory: /x, every: 1h, at: \"02:00\"}")
                == ["reports.schedule.0.at: cannot be given together with every"]
        )
        #expect(
            messages("{name: a, directory: /x}, {name: a, directory: /y}")
                == ["reports.schedule.1.name: is the name of another entry"]
        )
    }

    @Test(
        "sections that are not there yet are refused, unless they are off",
        arguments: ["proxy", "redis", "reporting", "compatibility"]
    )
    func notYet(section: String) throws {
        let reason = try #require(ConfigurationCatalogue.key(section)?.refusal)
        #expect(reason.contains("remove the section"))
        let refusal = ["config.yml:4: \(section): \(reason)"]
        #expect(problems(file("\(section): {enabled: true}")) == refusal)
        #expect(problems(file("\(section): {a: [{b: c}]}")) == refusal)
        #expect(problems(file("\(section): {enabled: , path: /x}")) == refusal)
        #expect(problems(file("\(section): {a: [{disabled: true}, {disabled: false, b: c}]}")) == refusal)
        for off in [
            "", "{}", "[]", "{enabled: false, path: /x}", "{a: {b: [], c: false}}", "{a: [{disabled: true, b: c}]}",
        ] {
            #expect(problems(file("\(section): \(off)")).isEmpty)
        }
    }
}
