//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import FoundationEssentials
import RegistryTelemetry

/// What a collector says of a batch.
///
/// Source: OpenTelemetry protocol specification, "OTLP/HTTP Response"; `ExportTraceServiceResponse`.
enum ExportResponse {
    /// Judges an answer.
    /// - Parameters:
    ///   - retryAfter: the header of that name.
    ///   - isJSON: the encoding of the request, which is that of the answer too.
    static func outcome(status: Int, retryAfter: String?, body: [UInt8], isJSON: Bool) -> ExportSchedule.Outcome {
        switch status {
        case 200..<300:
            // An answer that can't be read does not make the delivery undone.
            let partial = (isJSON ? partialSuccess(json: body) : partialSuccess(protobuf: body)) ?? (0, "")
            return .delivered(rejected: partial.rejected, message: partial.message.cut())
        case 429, 502, 503, 504:
            return .unavailable(status: status, retryAfter: retryAfter.flatMap { HTTPDate.delay(retryAfter: $0) })
        default:
            return .refused(status: status, message: text(body))
        }
    }

    /// The first printable words of what may be anything.
    private static func text(_ body: [UInt8]) -> String {
        String(decoding: body.prefix(200), as: UTF8.self).filter { !$0.unicodeScalars.contains { $0.value < 0x20 } }
    }

    // MARK: JSON

    private struct Response: Decodable {
        struct PartialSuccess: Decodable {
            /// A number of 64 bits, which is text in this encoding; not all collectors know.
            let rejectedSpans: Count?
            let errorMessage: String?
        }
        let partialSuccess: PartialSuccess?
    }

    private struct Count: Decodable {
        let value: Int

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int.self) {
                value = number
            } else {
                value = Int(try container.decode(String.self)) ?? 0
            }
        }
    }

    static func partialSuccess(json body: [UInt8]) -> (rejected: Int, message: String)? {
        guard let response = try? JSONDecoder().decode(Response.self, from: Data(body)) else { return nil }
        let partial = response.partialSuccess
        return (max(0, partial?.rejectedSpans?.value ?? 0), partial?.errorMessage ?? "")
    }

    // MARK: Protobuf

    static func partialSuccess(protobuf body: [UInt8]) -> (rejected: Int, message: String)? {
        var reader = ProtobufReader(body[...])
        var result = (rejected: 0, message: "")
        while let field = reader.next() {
            guard field.number == 1, case .bytes(let bytes) = field.value else { continue }
            var inner = ProtobufReader(bytes)
            while let field = inner.next() {
                switch (field.number, field.value) {
                case (1, .number(let count)): result.rejected = Int(clamping: max(0, Int64(bitPattern: count)))
                case (2, .bytes(let text)): result.message = String(decoding: text, as: UTF8.self)
                default: break
                }
            }
            guard !inner.hasFailed else { return nil }
        }
        return reader.hasFailed ? nil : result
    }
}
