//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel

/// What makes the reports of the side port.
package protocol ReportsSource: Sendable {
    /// The names of reports.
    var names: [String] { get }

    /// - Parameter parameters: of the query.
    func document(_ name: String, _ parameters: [String: String]) async throws(RegistryError) -> PiecewiseDocument
}
