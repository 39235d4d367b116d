//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import Logging
import Synchronization

/// How much libraries may say, which can change while they speak.
package final class LibraryLogLevel: Sendable {
    private let isVerbose: Atomic<Bool>
    private let standard: Logger.Level

    /// - Parameter standard: the level for a server that nobody looks at closely.
    package init(_ standard: Logger.Level) {
        self.standard = standard
        self.isVerbose = Atomic(false)
    }

    var value: Logger.Level { isVerbose.load(ordering: .relaxed) ? .debug : standard }

    /// Has libraries say all that is of use to somebody who looks for a fault.
    package func setVerbose(_ isVerbose: Bool) { self.isVerbose.store(isVerbose, ordering: .relaxed) }
}
