//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Where the side port gets the text of `/metrics` from.
package protocol MetricsSource: Sendable {
    /// Renders all metrics as they are now.
    /// - Parameter accept: the scraper's `Accept` header, which chooses the format.
    /// - Returns: the format's content type, and the text.
    func exposition(accept: String?) -> (contentType: String, body: [UInt8])
}
