//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel

extension RegistryError: SpanOutcomeProviding {
    package var spanOutcome: SpanOutcome {
        status >= 500 ? .failed(code: code.rawValue) : .refused(code: code.rawValue)
    }
}
