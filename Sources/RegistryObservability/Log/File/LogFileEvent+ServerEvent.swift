//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

extension LogFileEvent {
    /// The same for the log itself.
    package var serverEvent: ServerEvent {
        switch self {
        case .rotated(let path, let bytes, let reason):
            ServerEvent(
                .logRotated,
                [.init(.file, .text(path)), .init(.bytes, .number(bytes)), .init(.reason, .text(reason.rawValue))]
            )
        case .compressed(let path, let bytes, let compressedBytes, let lines):
            ServerEvent(
                .logCompressed,
                [
                    .init(.file, .text(path)), .init(.bytes, .number(bytes)),
                    .init(.compressedBytes, .number(compressedBytes)), .init(.lines, .number(lines)),
                ]
            )
        case .removed(let path, let bytes, let reason, let content):
            ServerEvent(
                .logRemoved,
                [.init(.file, .text(path)), .init(.bytes, .number(bytes)), .init(.reason, .text(reason.rawValue))]
                    + (content?.fields ?? [])
            )
        case .failed(let error):
            ServerEvent(
                .logRotationFailed,
                [.init(.file, .text(error.path)), .init(.step, .text(error.step)), .init(.error, .text(error.cause))]
            )
        case .reopened(let path): ServerEvent(.logReopened, [.init(.file, .text(path))])
        case .repaired(let path, let bytes):
            ServerEvent(.logRepaired, [.init(.file, .text(path)), .init(.bytes, .number(bytes))])
        }
    }
}

extension LogContentSummary {
    fileprivate var fields: [ServerEvent.Field] {
        var fields: [ServerEvent.Field] = [.init(.lines, .number(lines))]
        if let first {
            fields += [.init(.firstEpoch, .text(first.epoch)), .init(.firstSequence, .number(first.sequence))]
        }
        if let last {
            fields += [.init(.lastEpoch, .text(last.epoch)), .init(.lastSequence, .number(last.sequence))]
        }
        return fields
    }
}
