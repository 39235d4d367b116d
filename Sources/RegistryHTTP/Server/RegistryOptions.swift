//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
package import RegistryTelemetry

/// What the configuration says of the API and its listener.
package struct RegistryOptions: Sendable {
    /// How clients reach the server.
    package var address = ExternalAddress()
    /// `http.secret`.
    package var secret = ""
    /// `http.headers`: added to every answer, in order.
    package var headers: [(name: String, value: String)] = []
    /// `storage.delete.enabled`.
    package var allowsDelete = false
    /// `catalog.maxentries`.
    package var maximumCatalogEntries = 1000
    /// `tags.maxtags`.
    package var maximumTags = 1000
    package var timeouts = ConnectionTimeouts()
    /// `http.tls`; nil serves in clear.
    package var encryption: ServerEncryption?
    /// Whether the `traceparent` of callers counts.
    package var continuesTraces = true
    /// Has the spans of requests recorded; nil records none, and costs nothing.
    package var sampler: TraceSampler?

    package init() {}

    /// The configured headers as fields; the configuration has checked their names.
    var fields: HTTPFields {
        var fields = HTTPFields()
        for (name, value) in headers {
            guard let name = HTTPField.Name(name) else { continue }
            fields.append(HTTPField(name: name, value: value))
        }
        return fields
    }
}
