//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// The pages below `http.debug.prometheus.path`.
package struct MetricsPages: MetricsSource {
    private let exposition: Exposition
    private let usage: UsageMetrics?
    private let capacity: CapacityCollector?

    /// - Parameters:
    ///   - usage: nil if the use of repositories is not counted.
    ///   - capacity: what repositories hold; nil where nobody knows.
    package init(_ exposition: Exposition, usage: UsageMetrics? = nil, capacity: CapacityCollector? = nil) {
        self.exposition = exposition
        self.usage = usage
        self.capacity = capacity
    }

    package var pages: [String] { usage == nil ? ["/cardinality"] : ["/cardinality", "/usage"] }

    package func page(_ request: MetricsRequest) -> MetricsPage? {
        let format = ExpositionFormat(accept: request.accept)
        switch request.path {
        case "":
            let text = exposition.render(format: format, names: request.names)
            return Self.page(format.contentType, text, request)
        case "/cardinality":
            return Self.page("application/json", Cardinality.json(of: exposition.measure()), request)
        case "/usage":
            guard let usage else { return nil }
            var writer = ExpositionWriter(format: format, capacity: 16 * 1024, names: request.names)
            usage.write(top: request.top, to: &writer)
            capacity?.writeRepositories(top: request.top, to: &writer)
            return Self.page(format.contentType, writer.finish().text, request)
        default:
            return nil
        }
    }

    private static func page(_ contentType: String, _ body: [UInt8], _ request: MetricsRequest) -> MetricsPage {
        let coding = ContentCoding(acceptEncoding: request.acceptEncoding)
        guard coding == .gzip, let compressed = Gzip.compress(body) else {
            return MetricsPage(contentType: contentType, contentEncoding: nil, body: body)
        }
        return MetricsPage(contentType: contentType, contentEncoding: coding.header, body: compressed)
    }
}
