//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel

/// The code that some input is refused with; nil if it is taken.
func refusal<Output>(_ body: () throws(RegistryError) -> Output) -> ErrorCode? {
    do {
        _ = try body()
        return nil
    } catch {
        return error.code
    }
}

/// All texts over an alphabet, from the empty one up to a length.
func texts(over alphabet: String, upTo length: Int) -> [String] {
    var all = [""]
    var longest = [""]
    for _ in 0..<length {
        longest = longest.flatMap { text in alphabet.map { text + String($0) } }
        all += longest
    }
    return all
}
