//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Somebody who has proved who they are.
package struct Principal: Sendable, Equatable {
    /// The name, as the log and the rules have it.
    package let name: String

    package init(name: String) { self.name = name }
}
