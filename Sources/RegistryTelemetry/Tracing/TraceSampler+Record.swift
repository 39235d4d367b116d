//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension TraceSampler {
    /// Why the spans of a request that is over are kept; nil if they are not.
    ///
    /// What went wrong is the better reason, even for a trace that is kept anyway.
    package func reason(toKeep record: RequestRecord) -> SamplingReason? {
        guard let recorder = record.spans else { return nil }
        guard !record.isAborted else { return recorder.headReason }
        return tail(status: record.status, wait: record.wait) ?? recorder.headReason
    }
}
