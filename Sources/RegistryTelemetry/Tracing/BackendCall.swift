//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// One try of a request to an object store, as the span of it tells.
///
/// A class, so that the spans of the server itself stay small.
package final class BackendCall: Sendable {
    package let request: BackendRequest
    /// The storage driver, as metric label `driver`.
    package let driver: String
    /// Tries of the same request before this one.
    package let resends: Int
    /// What was sent; nil if it did not come to that.
    package let target: Target?
    /// Nil if it was not answered.
    package let status: Int?

    /// A method and an address without anything in it that opens doors.
    package struct Target: Sendable, Equatable {
        package var method: String
        /// `https`.
        package var scheme: String
        /// Host, and port if it is told.
        package var authority: String
        /// Percent-encoded, without the query; nil where it is a credential by itself.
        package var path: String?

        /// Takes an address apart.
        /// - Parameters:
        ///   - url: absolute; its user, query and fragment are left out.
        ///   - hidesPath: whether whoever knows the path may do what only the server may.
        package init(_ method: String, url: String, hidesPath: Bool) {
            let colon = url.firstRange(of: "://")
            let rest = colon.map { url[$0.upperBound...] } ?? url[...]
            let place = rest.prefix { $0 != "?" && $0 != "#" }
            let authority = place.prefix { $0 != "/" }
            self.method = method
            self.scheme = colon.map { String(url[..<$0.lowerBound]) } ?? ""
            let host = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] }
            self.authority = String(host ?? authority)
            self.path = hidesPath ? nil : String(place[authority.endIndex...])
        }
    }

    package init(
        _ request: BackendRequest,
        driver: String,
        resends: Int,
        target: Target?,
        status: Int?
    ) {
        self.request = request
        self.driver = driver
        self.resends = resends
        self.target = target
        self.status = status
    }
}
