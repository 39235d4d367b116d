//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTelemetry
import Testing

@testable import RegistryObservability

@Suite("The manual of traces")
struct TraceManualTests {
    private let manual: String

    init() throws {
        let package = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        manual = try String(contentsOf: package.appending(path: "docs/tracing.md"), encoding: .utf8)
    }

    @Test("has every attribute, and every reason")
    func complete() {
        for name in AttributeName.allCases { #expect(manual.contains("`\(name.rawValue)`"), "\(name)") }
        for reason in SamplingReason.allCases { #expect(manual.contains("| `\(reason.rawValue)` |")) }
        for driver in ["filesystem", "inmemory", "s3aws", "azure", "gcs", "swift", "oss"] {
            #expect(manual.contains("`\(driver)`"), "\(driver)")
        }
        for span in ["authorize", "send", "digest", "local cache", "{METHOD} object store", "POST notification"] {
            #expect(manual.contains("| `\(span)` |"), "\(span)")
        }
        #expect(manual.contains("`tracing.sampleratio`"))
        for loss in SpanLoss.allCases { #expect(manual.contains("| `\(loss.rawValue)` |")) }
    }
}
