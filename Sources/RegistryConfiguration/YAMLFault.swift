//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Yams

/// Text that is not the YAML we take.
struct YAMLFault: Error {
    /// The line in the text, counted from 1, when it is known.
    let line: Int?
    let message: String

    init(line: Int?, message: String) {
        self.line = line
        self.message = message
    }

    /// Takes place and reason out of the parser's error, and leaves its excerpt of the text behind: it may be a secret.
    init(_ error: YamlError) {
        switch error {
        case .scanner(_, let problem, let mark, let text), .parser(_, let problem, let mark, let text),
            .composer(_, let problem, let mark, let text):
            self.init(line: min(mark.line, Self.lastLine(of: text)), message: "not valid YAML: \(problem)")
        case .reader(let problem, let offset, _, let text):
            let line = offset.map { text.prefix($0).count(where: \.isNewline) + 1 }
            self.init(line: line, message: "not valid YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let keys = duplicates.map(\.quoted).joined(separator: ", ")
            self.init(line: context.mark.line, message: "\(keys) is given more than once, the first time here")
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            self.init(line: nil, message: "could not be read as YAML")
        }
    }

    /// The line a person sees last: what is missing at the end of the text is noticed only behind it.
    private static func lastLine(of text: String) -> Int {
        let breaks = text.count(where: \.isNewline)
        return max(text.last?.isNewline == true ? breaks : breaks + 1, 1)
    }
}
