//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Where the side port gets the pages below `http.debug.prometheus.path` from.
package protocol MetricsSource: Sendable {
    /// Paths of the pages beside that of all metrics, such as `/cardinality`.
    var pages: [String] { get }

    /// Makes a page of all as it is now, without waiting.
    /// - Returns: nil if there is no such page.
    func page(_ request: MetricsRequest) -> MetricsPage?
}

/// What a scraper asks for.
package struct MetricsRequest: Sendable {
    /// What follows the path of the metrics: empty, `/cardinality` or `/usage`.
    package var path: String
    /// `Accept`; several of them joined by commas, as RFC 9110 §5.3 has it.
    package var accept: String?
    /// `Accept-Encoding`, likewise.
    package var acceptEncoding: String?
    /// `name[]`: the families asked for; all if there are none.
    package var names: [String]
    /// `topk`: how many repositories.
    package var top: Int?

    package init(
        path: String = "",
        accept: String? = nil,
        acceptEncoding: String? = nil,
        names: [String] = [],
        top: Int? = nil
    ) {
        self.path = path
        self.accept = accept
        self.acceptEncoding = acceptEncoding
        self.names = names
        self.top = top
    }
}

/// An answer to a scraper.
package struct MetricsPage: Sendable {
    package let contentType: String
    /// `Content-Encoding`; nil for none.
    package let contentEncoding: String?
    package let body: [UInt8]

    package init(contentType: String, contentEncoding: String?, body: [UInt8]) {
        self.contentType = contentType
        self.contentEncoding = contentEncoding
        self.body = body
    }
}
