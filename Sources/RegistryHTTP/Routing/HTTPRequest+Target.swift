//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import RegistryModel

/// The two halves of a request's target, https://www.rfc-editor.org/rfc/rfc3986#section-3.4.
extension HTTPRequest {
    /// What comes before the query.
    var targetPath: Substring { (path ?? "/").withoutQuery }

    /// What comes behind the question mark, if there is one.
    var query: Query {
        let target = path ?? "/"
        return Query(Substring(target[target.withoutQuery.endIndex...].utf8.dropFirst()))
    }
}
