//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A route, as metric label `handler` and log field `route`.
///
/// The first seven names are distribution's; nothing from a URL ever becomes a label.
package enum RouteName: String, Sendable, CaseIterable {
    case base
    case tags
    case manifest
    case catalog
    case blob
    case blobUpload = "blob_upload"
    case blobUploadChunk = "blob_upload_chunk"
    case referrers
    /// No route of the registry, or not an HTTP request at all.
    case unknown

    /// The methods a route has, as `Allow` lists them.
    package var methods: [MethodName] {
        switch self {
        case .base, .catalog, .tags, .referrers: [.get, .head]
        case .manifest: [.get, .head, .put, .delete]
        case .blob: [.get, .head, .delete]
        case .blobUpload: [.post]
        case .blobUploadChunk: [.get, .head, .patch, .put, .delete]
        case .unknown: []
        }
    }
}

/// A request method, as metric label `method`: lower case, and `unknown` for all that the API does not know.
package enum MethodName: String, Sendable, CaseIterable {
    case get, head, post, put, patch, delete, options, unknown

    /// The label of a method as it stands in a request.
    package init(_ method: String) {
        self =
            switch method {
            case "GET": .get
            case "HEAD": .head
            case "POST": .post
            case "PUT": .put
            case "PATCH": .patch
            case "DELETE": .delete
            case "OPTIONS": .options
            default: .unknown
            }
    }
}

/// A verb of the storage driver, as metric label `action`.
///
/// Where distribution's drivers have the same verb its name is kept; `Reader` and `Writer` are the streams that
/// distribution does not time.
package enum StorageAction: String, Sendable, CaseIterable {
    case getContent = "GetContent"
    case putContent = "PutContent"
    case stat = "Stat"
    case list = "List"
    case move = "Move"
    case delete = "Delete"
    case redirectURL = "RedirectURL"
    case walk = "Walk"
    case reader = "Reader"
    case writer = "Writer"
}

/// Which way a stream of content goes.
package enum StreamDirection: String, Sendable, CaseIterable {
    case read, write
}

/// A stage of an upload, as metric label `stage`.
package enum UploadStage: String, Sendable, CaseIterable {
    /// Waiting for the client's next bytes.
    case receive
    /// Hashing and writing, as far as it was not hidden behind receiving.
    case write
    /// Making the content durable and visible.
    case commit
    /// Linking it into the repository.
    case link
}

/// What the cache of manifests knew, as log field `cache`.
package enum CacheOutcome: String, Sendable, CaseIterable {
    case hit, miss
}

/// How a request ended, as log field `outcome`.
package enum RequestOutcome: String, Sendable, CaseIterable {
    case ok
    /// Answered with a status of 400 or above, the client's doing.
    case refused
    /// Answered with a status of 500 or above, or broken off within the body by a failure of the server.
    case failed
    /// The answer was not complete when the client went away, took it too slowly, or the server ended.
    case aborted
}

/// How grave a log entry is.
package enum Severity: String, Sendable, CaseIterable, Comparable {
    case debug, info, warn, error

    package static func < (lhs: Self, rhs: Self) -> Bool { lhs.rank < rhs.rank }

    private var rank: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .warn: 2
        case .error: 3
        }
    }
}

/// What the last check of the storage found, as metric label `state`.
package enum StorageState: String, Sendable, CaseIterable {
    case ok
    /// Less room than `storage.low`.
    case low
    /// No room.
    case full
    case failed
    /// No answer in time.
    case hung
}

/// What there may be too much of, or too little, as metric label `limit`.
package enum LimitName: String, Sendable, CaseIterable {
    case inFlight = "in_flight"
    case connections
    case clientConnections = "client_connections"
    case clientRate = "client_rate"
    case userRate = "user_rate"
    case headerSize = "header_size"
    case blobSize = "blob_size"
    case manifestSize = "manifest_size"
    /// Heads and bodies that did not come, and answers that were not taken in, in the time of `http.timeouts`.
    case headerTime = "header_time"
    case bodyTime = "body_time"
    case sendTime = "send_time"
    /// What came, or was taken in, too slowly.
    case bodyRate = "body_rate"
    case sendRate = "send_rate"
}
