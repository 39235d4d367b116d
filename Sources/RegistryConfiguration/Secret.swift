//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Text that must not show up in logs, reports or messages.
package struct Secret: Sendable, Equatable {
    /// The text itself, for the one place that needs it.
    package let exposed: String

    /// Wraps the text.
    package init(_ text: String) {
        exposed = text
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The same for every secret.
    package var description: String { "<redacted>" }

    /// The same for every secret.
    package var debugDescription: String { description }

    /// Nothing, so that dumping a value around the secret doesn't show it either.
    package var customMirror: Mirror {
        Mirror(self, children: EmptyCollection())
    }
}
