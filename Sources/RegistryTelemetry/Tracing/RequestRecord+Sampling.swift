//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension RequestRecord {
    /// Why the spans of the request, which is over, are kept; nil if they are not.
    ///
    /// The sampler is that of the request's beginning, so that another configuration does not judge half of it.
    /// What went wrong is the better reason, even for a trace that is kept anyway. That the client did not wait for it is
    /// no reason to think better of it: those who give up are who suffer most from a storage that is slow or broken.
    package var samplingReason: SamplingReason? {
        guard let spans else { return nil }
        if isBrokenOff { return .error }
        return spans.sampler.tail(status: result, wait: wait) ?? spans.headReason
    }
}
