//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

@testable import RegistryObjectStorage

extension FuzzTarget {
    /// What an object store answers: a document in XML, and fields of its head.
    static func storeAnswer(_ bytes: [UInt8]) throws(BrokenPromise) {
        if let document = XMLElement(ByteBuffer(bytes: bytes)) {
            var (waiting, count) = ([document], 0)
            while let element = waiting.popLast() {
                try promise(!element.name.isEmpty, "an element without a name")
                waiting += element.children
                count += 1
            }
            // An element takes four bytes at least, so none comes of nothing.
            try promise(count * 4 <= bytes.count, "\(count) elements of \(bytes.count) bytes")
        }
        let text = String(decoding: bytes, as: UTF8.self)
        if let range = ContentRange(text) {
            try promise(!range.range.isEmpty && range.range.upperBound <= range.size, text)
        }
    }
}
