//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A request for an object or the bucket, before it is signed.
struct KeyCall: Sendable {
    var method: String
    /// Nil for the bucket.
    var key: String?
    var query: [(name: String, value: String)] = []
    var headers: [(name: String, value: String)] = []
    var body = ObjectBytes()

    init(_ method: String, _ key: String?) {
        self.method = method
        self.key = key
    }
}
