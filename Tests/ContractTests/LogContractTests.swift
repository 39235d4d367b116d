//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryModel
import RegistryObservability
import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("Contract: the log", .timeLimit(.minutes(5)))
struct LogContractTests {
    /// The line that the log writes of a request, through a pipe.
    private static func line(of record: RequestRecord) async throws -> String {
        let pipe = Pipe()
        var settings = LogPipeline.Settings()
        settings.fields = ["site": "north"]
        let writer = try LogPipeline(
            [.stdout(descriptor: pipe.fileHandleForWriting.fileDescriptor)],
            instruments: Instruments(driverName: "inmemory"),
            settings
        )
        writer.start()
        AccessLog(writer).conclude(record)
        await writer.stop()
        try pipe.fileHandleForWriting.close()
        return try await blocking {
            String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        }
    }

    /// The keys of a line in their order, each with its value; what no two runs have in common is told by its kind.
    private static func fields(of line: String) throws -> [String] {
        let decoded = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        let keys = line.matches(of: /[{,]"([a-z_]+)":/).map { String($0.output.1) }
        #expect(Set(keys) == Set(decoded.keys) && keys.count == decoded.count)
        let varying: Set = ["ts", "epoch", "request_id", "trace_id", "span_id", "remote_addr", "upload_id"]
        return keys.map { key in
            switch decoded[key] {
            case is NSNull: "\(key): null"
            case let number as NSNumber: "\(key): " + (key.hasSuffix("_us") ? "<number>" : "\(number)")
            case let text as String: "\(key): " + (varying.contains(key) ? "<text>" : "\"\(text)\"")
            default: "\(key): ?"
            }
        }
    }

    @Test("Keys, their order and their values, of requests on every way")
    func requestLines() async throws {
        try await TestRegistry.client(.inMemory) { client, registry in
            let headers = [
                ("User-Agent", "containerd/2.0.1"), ("X-Forwarded-For", "192.0.2.1"), ("X-Request-Id", "job-17"),
                ("Range", "bytes=1-2"),
            ]
            try await Script.run(client)
            let begun = try await client.send("POST", "/v2/new/blobs/uploads/", body: [])
            let requests: [(String, WireResponse)] = [
                (
                    "GET /v2/<name>/blobs/<digest>, with all that a client may say",
                    try await client.get("/v2/team/app/blobs/\(Digest.of(Script.layer))", headers: headers)
                ),
                ("GET /v2/<name>/manifests/<tag>", try await client.get("/v2/team/app/manifests/v1")),
                ("POST /v2/<name>/blobs/uploads/", begun),
                ("GET of what is not there", try await client.get("/v2/team/app/manifests/unknown")),
                ("GET of no route", try await client.get("/unknown")),
            ]
            var lines: [String] = []
            for (title, response) in requests {
                let line = try await Self.line(of: try await registry.record(of: response))
                #expect(line.hasSuffix("}\n") && line.count { $0 == "\n" } == 1)
                lines += ["# \(title)"] + (try Self.fields(of: line))
            }
            try Golden.expect(lines.joined(separator: "\n") + "\n", "log.txt")
        }
    }
}
