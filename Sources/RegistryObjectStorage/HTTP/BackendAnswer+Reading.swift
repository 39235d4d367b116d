//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension BackendAnswer {
    /// What a good answer to GET brings: the object, or a range of it.
    /// - Parameter facts: makes those of the object, of its size in bytes.
    func reading(_ facts: (Int64) throws(ObjectStoreError) -> ObjectFacts) throws(ObjectStoreError) -> ObjectReading {
        guard let stream, let length else { throw ObjectStoreError(.failed, "GET tells no length") }
        // The whole object, whatever was asked for.
        guard status == 206 else { return ObjectReading(try facts(length), 0..<length, stream) }
        guard let given = ContentRange(self["Content-Range"] ?? "") else {
            throw ObjectStoreError(.failed, "GET tells no range")
        }
        return ObjectReading(try facts(given.size), given.range, stream)
    }
}
