//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A configuration that was refused, with everything that is wrong with it.
package struct ConfigurationFailure: Error, Sendable, Equatable {
    /// The file's name as the operator gave it.
    package let file: String
    /// At least one problem: the file's first, by line, then the environment's, by variable.
    package let problems: [ConfigurationProblem]

    /// Creates a failure and puts the problems in order.
    package init(file: String, problems: [ConfigurationProblem]) {
        self.file = file
        self.problems = problems.enumerated()
            .sorted { ($0.element.origin.rank, $0.offset) < ($1.element.origin.rank, $1.offset) }
            .map(\.element)
    }
}

extension ConfigurationFailure: CustomStringConvertible {
    /// One line a problem, such as `config.yml:12: http.adr: unknown key; did you mean "addr"?`.
    package var description: String {
        problems.map { problem in
            let place =
                switch problem.origin {
                case .file(let line): "\(file):\(line)"
                case .environment(let variable): variable
                case .whole: file
                }
            let parts = problem.path.isEmpty ? [place, problem.message] : [place, problem.path, problem.message]
            return parts.joined(separator: ": ")
        }
        .joined(separator: "\n")
    }
}

extension ConfigurationProblem.Origin {
    /// What problems are sorted by.
    ///
    /// The offset in the list decides between equals, so the order is total.
    fileprivate var rank: Rank {
        switch self {
        case .whole: Rank(line: 0, variable: "")
        case .file(let line): Rank(line: line, variable: "")
        case .environment(let variable): Rank(line: .max, variable: variable)
        }
    }
}

private struct Rank: Comparable {
    let line: Int
    let variable: String

    static func < (left: Rank, right: Rank) -> Bool {
        (left.line, left.variable) < (right.line, right.variable)
    }
}
