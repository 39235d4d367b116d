//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import HummingbirdCore
import RegistryAuth
import RegistryModel
import RegistryStorage
import RegistryTelemetry

/// One request of the API, as its handler sees it.
struct APIRequest {
    let method: MethodName
    let headers: HTTPFields
    let query: Query
    let links: Links
    var body: RequestBodyReader
    /// Filled in on the way.
    var record: RequestRecord
    /// What the client may do.
    var grant = Grant.everything

    /// Who changes something, if the request does.
    var origin: MutationOrigin { MutationOrigin(actor: record.user, requestID: record.requestID.description) }
}
