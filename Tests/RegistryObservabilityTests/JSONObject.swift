//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation

/// A JSON object of texts, numbers and nulls, as a log line is one.
struct JSONObject {
    private let values: [String: Value]

    private enum Value: Decodable {
        case text(String)
        case number(Int)
        case null

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let number = try? container.decode(Int.self) {
                self = .number(number)
            } else {
                self = .text(try container.decode(String.self))
            }
        }
    }

    /// Parses one line.
    init(_ line: some StringProtocol) throws {
        self.values = try JSONDecoder().decode([String: Value].self, from: Data(line.utf8))
    }

    subscript(text key: String) -> String? {
        if case .text(let text)? = values[key] { text } else { nil }
    }

    subscript(number key: String) -> Int? {
        if case .number(let number)? = values[key] { number } else { nil }
    }

    var keys: Set<String> { Set(values.keys) }
}
