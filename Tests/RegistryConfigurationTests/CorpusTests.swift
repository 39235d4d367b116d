//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryConfiguration
import Testing

/// Configurations as they are found in public, with what becomes of each.
@Suite("The corpus of configurations")
struct CorpusTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Corpus")

    private struct Sample {
        let name: String
        let text: String
        let environment: [String: String]

        /// The name with `ok`, or with every problem.
        var outcome: String {
            do throws(ConfigurationFailure) {
                _ = try RegistryConfiguration.load(yaml: text, file: name, environment: environment)
                return "\(name): ok\n"
            } catch {
                return error.description + "\n"
            }
        }
    }

    /// Variables stand in comments such as `# env REGISTRY_HTTP_ADDR=:5000`.
    private static func samples() throws -> [Sample] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".yml") }
        return try names.sorted().map { name in
            let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
            let variables = text.split(separator: "\n").compactMap { line -> (String, String)? in
                guard line.hasPrefix("# env "), let sign = line.firstIndex(of: "=") else { return nil }
                return (String(line[..<sign].dropFirst(6)), String(line[line.index(after: sign)...]))
            }
            return Sample(name: name, text: text, environment: Dictionary(variables) { $1 })
        }
    }

    @Test("each file has the outcome that Corpus/outcomes.txt says")
    func outcomes() throws {
        let text = try Self.samples().map(\.outcome).joined(separator: "\n")
        let file = Self.folder.appending(path: "outcomes.txt")
        if ProcessInfo.processInfo.environment["PLIMSOLL_UPDATE_GOLDEN"] == "1" {
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        let expected = try String(contentsOf: file, encoding: .utf8)
        let difference = text.split(separator: "\n").difference(from: expected.split(separator: "\n"))
        #expect(difference.isEmpty, "\(difference)")
        #expect(try Self.samples().count > 20)
    }

    private static func redacted(_ driver: StorageDriverSettings) -> StorageDriverSettings {
        let hidden = { (_: Secret) in Secret("<redacted>") }
        switch driver {
        case .s3(var s3):
            (s3.accessKey, s3.secretKey) = (s3.accessKey.map(hidden), s3.secretKey.map(hidden))
            s3.sessionToken = s3.sessionToken.map(hidden)
            return .s3(s3)
        case .oss(var oss):
            (oss.keyID, oss.keySecret) = (oss.keyID.map(hidden), oss.keySecret.map(hidden))
            oss.securityToken = oss.securityToken.map(hidden)
            return .oss(oss)
        case .azure(var azure):
            switch azure.access {
            case .sharedKey(let key): azure.access = .sharedKey(hidden(key))
            case .signature(let signature): azure.access = .signature(hidden(signature))
            case .client(let tenant, let id, let secret):
                azure.access = .client(tenant: tenant, id: id, secret: hidden(secret))
            case .connectionString(let text): azure.access = .connectionString(hidden(text))
            case .surroundings: break
            }
            return .azure(azure)
        case .swift(var swift):
            (swift.password, swift.temporaryKey) = (hidden(swift.password), swift.temporaryKey.map(hidden))
            swift.applicationSecret = swift.applicationSecret.map(hidden)
            return .swift(swift)
        case .gcs(var gcs):
            if gcs.credentials?["private_key"] != nil { gcs.credentials?["private_key"] = Secret("<redacted>") }
            return .gcs(gcs)
        case .filesystem, .inMemory: return driver
        }
    }

    @Test("whatever is printed of a file means the same as the file, and shows no secret")
    func printed() throws {
        for sample in try Self.samples() {
            guard
                let (configuration, effective) = try? RegistryConfiguration.inspect(
                    yaml: sample.text,
                    file: sample.name,
                    environment: sample.environment
                )
            else { continue }
            var expected = configuration
            expected.http.secret = expected.http.secret.map { _ in Secret("<redacted>") }
            expected.storage.driver = Self.redacted(expected.storage.driver)
            for check in expected.health.http.indices {
                for header in expected.health.http[check].headers.indices {
                    expected.health.http[check].headers[header].value = Secret("<redacted>")
                }
            }
            for endpoint in expected.notifications.endpoints.indices {
                for header in expected.notifications.endpoints[endpoint].headers.indices {
                    expected.notifications.endpoints[endpoint].headers[header].value = Secret("<redacted>")
                }
            }
            let again = try RegistryConfiguration.load(yaml: effective.yaml, file: "printed.yml", environment: [:])
            #expect(again == expected, "\(sample.name)")
            for text in [effective.yaml, effective.json] { #expect(!text.contains("not-a-real"), "\(sample.name)") }
        }
    }
}
