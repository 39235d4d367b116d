//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

extension LogFileCounters {
    func count(_ event: LogFileEvent) {
        switch event {
        case .rotated: rotations[.ok].add()
        case .compressed(_, let bytes, _, _): compressedBytes.add(bytes)
        case .removed: removedFiles.add()
        case .failed: rotations[.failed].add()
        case .reopened, .repaired: break
        }
    }
}
