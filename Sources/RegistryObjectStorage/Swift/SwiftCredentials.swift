//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Whom OpenStack lets in, and as what.
package struct SwiftCredentials: Sendable, CustomStringConvertible {
    /// `https://keystone.example.com/v3`.
    package var authURL: String
    package var version: Version
    package var username = ""
    package var password = ""
    /// Of the user.
    package var domain = Named()
    package var project = Named()
    /// Of the project.
    package var projectDomain = Named()
    /// What a trustor lets the user do in its place.
    package var trust: String?
    /// The id and the secret of an application; the user is then told by it.
    package var application: Application?
    /// Nil for any.
    package var region: String?
    package var endpoint = EndpointType.public

    package init(authURL: String, version: Version) {
        self.authURL = authURL
        self.version = version
    }

    /// Something that is told by its name or by its id.
    package struct Named: Sendable, Equatable {
        package var name: String?
        package var id: String?

        package init(name: String? = nil, id: String? = nil) {
            self.name = name
            self.id = id
        }

        var isEmpty: Bool { name == nil && id == nil }
    }

    package struct Application: Sendable {
        /// By its name it belongs to the user.
        package var credential: Named
        package var secret: String

        package init(_ credential: Named, secret: String) {
            self.credential = credential
            self.secret = secret
        }
    }

    package enum Version: Int, Sendable {
        case v1 = 1
        case v2, v3

        /// As the path of an address tells it.
        package init(authURL: String) {
            self = authURL.contains("v3") ? .v3 : authURL.contains("v2") ? .v2 : .v1
        }
    }

    package enum EndpointType: String, Sendable, CaseIterable {
        case `public`, `internal`, admin
    }

    /// Tells no secret.
    package var description: String { "user \(username) at \(authURL)" }
}

/// A token, and where it is good.
package struct SwiftToken: Sendable, Equatable, CustomStringConvertible {
    package var token: String
    /// `https://swift.example.com/v1/AUTH_project`, without a slash at its end.
    package var storageURL: String

    package init(_ token: String, storageURL: String) {
        self.token = token
        self.storageURL = storageURL.hasSuffix("/") ? String(storageURL.dropLast()) : storageURL
    }

    /// Tells nothing of the token.
    package var description: String { "token for \(storageURL)" }
}
