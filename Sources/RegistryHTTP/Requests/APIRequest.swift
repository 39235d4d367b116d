//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import HummingbirdCore
import NIOCore
import RegistryAuth
import RegistryModel
import RegistryStorage
import RegistryTelemetry

/// One request of the API, as its handler sees it.
struct APIRequest {
    let headers: HTTPFields
    let query: Query
    let links: Links
    let connection: ConnectionHandle
    /// Tells others of what happens.
    let events: (any EventListener)?
    var body: RequestBodyReader
    /// Filled in on the way.
    var record: RequestRecord
    /// What the client may do.
    var grant = Grant.everything

    /// What was pulled, if anybody wants to hear of it and it reaches the client.
    private(set) var pull: StorageEvent?

    var method: MethodName { record.methodName }

    /// Who changes something, if the request does.
    var origin: MutationOrigin {
        MutationOrigin(
            actor: record.user,
            requestID: record.requestID.description,
            request: events?.wantsEvents == true ? requestOrigin : nil
        )
    }

    /// The client's address as far as proxies tell it, which decides nothing that matters: nobody checks who says so.
    var client: String {
        let first = headers[.xForwardedFor]?.split(separator: ",").first?.drop { $0 == " " }
        return first.map { String($0.prefix { $0 != " " }) } ?? connection.peer
    }

    private var requestOrigin: RequestOrigin {
        RequestOrigin(
            address: connection.peerAndPort,
            host: links.host,
            method: record.method,
            userAgent: record.userAgent,
            baseAddress: links.base,
            trace: record.trace.linkText(record.spans?.headReason)
        )
    }

    /// Notes that something is pulled, for who wants to hear of it.
    mutating func pulls(
        _ subject: @autoclosure () -> StorageEvent.Subject,
        in name: RepositoryName,
        manifest: ByteBuffer? = nil
    ) {
        guard events?.wantsPulls == true else { return }
        pull = StorageEvent(.pull, subject(), in: name, manifest: manifest)
    }

    /// Tells of what was pulled, when the request is over.
    func tellPull() {
        guard let pull, record.error == nil, !record.isAborted else { return }
        events?.pulled(pull, by: origin)
    }
}
