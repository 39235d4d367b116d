//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CZlib
import RegistryTelemetry
import Testing

@testable import RegistryObservability

/// RFC 9110 §12.4 and §12.5, with what scrapers send today.
@Suite struct NegotiationTests {
    @Test(
        arguments: [
            // Nothing, or anything.
            (nil, .text), ("", .text), ("*/*", .text), ("text/*", .text), ("application/*", .openMetrics),
            ("*/*;q=0", .text), ("text/html", .text), ("text/html, */*;q=0.1", .text),
            // Named, with and without parameters.
            ("application/openmetrics-text; version=1.0.0; charset=utf-8", .openMetrics),
            ("application/openmetrics-text;version=\"1.0.0\"", .openMetrics),
            ("application/openmetrics-text", .openMetrics),
            ("application/openmetrics-text;version=0.0.1", .text),
            ("application/openmetrics-text;version=1.0.0;charset=latin1", .text),
            ("text/plain, Application/OpenMetrics-Text ; Version=1.0.0", .openMetrics),
            ("text/plain;version=0.0.4", .text),
            // Weights.
            ("application/openmetrics-text;version=1.0.0;q=0.2,text/plain;version=0.0.4;q=0.5", .text),
            ("application/openmetrics-text;version=1.0.0;q=0.501,text/plain;q=0.5", .openMetrics),
            ("application/openmetrics-text;version=1.0.0;q=0", .text),
            ("application/openmetrics-text;q=0.000, */*", .text),
            ("text/plain;q=0, */*;q=0.1", .openMetrics),
            ("text/plain;q=0.1, */*;q=0.5", .openMetrics),
            // The most specific range counts, wherever it stands.
            (
                "application/openmetrics-text;q=0.9, application/openmetrics-text;version=1.0.0;q=0.1, text/plain;q=0.5",
                .text
            ),
            ("application/*;q=0.9, application/openmetrics-text;q=0.1, text/plain;q=0.5", .text),
            // Malformed: passed over, and no more than that.
            ("application/openmetrics-text;version=1.0.0;q=x,;;,=", .text),
            ("application/openmetrics-text;q=1.5, text/plain;q=0.1", .text),
            ("application/openmetrics-text;q=0.1234", .text),
            ("application/openmetrics-text;version, text/plain", .text),
            (",,application/openmetrics-text;;q=1.000;level=1", .openMetrics),
            ("text/plain;x=\"a,application/openmetrics-text;q=1\"", .text),
            // Prometheus 2 and 3.
            (
                """
                application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
                text/plain;version=0.0.4;q=0.5,*/*;q=0.1
                """,
                .openMetrics
            ),
            (
                """
                application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
                application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,\
                text/plain;version=0.0.4;q=0.2,*/*;q=0.1
                """,
                .openMetrics
            ),
            (
                """
                application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,\
                text/plain;version=0.0.4;q=0.5,application/openmetrics-text;version=1.0.0;q=0.4
                """,
                .text
            ),
        ] as [(String?, ExpositionFormat)]
    )
    func format(_ accept: String?, _ expected: ExpositionFormat) {
        #expect(ExpositionFormat(accept: accept) == expected)
    }

    @Test(
        arguments: [
            (nil, .identity), ("", .identity), ("gzip", .gzip), ("GZIP", .gzip), ("x-gzip", .gzip), ("*", .gzip),
            ("deflate, br", .identity), ("deflate, gzip;q=0.5", .gzip), ("gzip;q=0", .identity),
            ("gzip;q=0, *", .identity), ("*;q=0", .identity), ("identity;q=0.5, gzip;q=0.4", .identity),
            ("identity, gzip", .gzip), ("identity;q=0, *;q=0.1", .gzip), ("gzip;q=1.0", .gzip),
            ("gzip;q=abc", .identity),
            ("br;q=1.0, gzip;q=0.8, *;q=0.1", .gzip),
        ] as [(String?, ContentCoding)]
    )
    func coding(_ header: String?, _ expected: ContentCoding) {
        #expect(ContentCoding(acceptEncoding: header) == expected)
    }

    @Test func pagesSayWhatTheyAre() throws {
        let pages = MetricsPages(Sample.exposition(Instruments(driverName: "filesystem")))
        let plain = try #require(pages.page(MetricsRequest(accept: "text/plain")))
        #expect(plain.contentType == "text/plain; version=0.0.4; charset=utf-8")
        #expect(plain.contentEncoding == nil)
        let open = try #require(
            pages.page(MetricsRequest(accept: "application/openmetrics-text", acceptEncoding: "gzip", names: ["none"]))
        )
        #expect(open.contentType == "application/openmetrics-text; version=1.0.0; charset=utf-8")
        #expect(open.contentEncoding == "gzip")
        #expect(Array(try inflate(open.body)) == Array("# EOF\n".utf8))
        #expect(pages.page(MetricsRequest(path: "/nothing")) == nil)
        #expect(pages.page(MetricsRequest(path: "/usage")) == nil)
    }

    @Test(arguments: [0, 1, 100, 100_000, 3_000_000])
    func gzipGivesBackWhatItGot(count: Int) throws {
        var generator = SystemRandomNumberGenerator()
        let noise = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let text = (0..<count).map { UInt8(truncatingIfNeeded: $0 % 7) }
        for bytes in [noise, text] {
            let compressed = try #require(Gzip.compress(bytes))
            #expect(try inflate(compressed) == bytes)
        }
    }

    private struct NotGzip: Error {}

    /// Decompression of one gzip member, checksum included.
    private func inflate(_ bytes: [UInt8]) throws -> [UInt8] {
        var stream = z_stream()
        guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw NotGzip()
        }
        defer { inflateEnd(&stream) }
        var input = bytes
        var output = [UInt8](repeating: 0, count: 4_000_000)
        let result = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                return CZlib.inflate(&stream, Z_FINISH)
            }
        }
        guard result == Z_STREAM_END, stream.avail_in == 0 else { throw NotGzip() }
        return Array(output.prefix(Int(stream.total_out)))
    }
}
