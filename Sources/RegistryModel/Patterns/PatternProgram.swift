//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What a pattern consists of.
indirect enum PatternNode {
    case scalars(ScalarSet)
    case border(Border)
    case sequence([PatternNode])
    case choice([PatternNode])
    /// - Parameter most: nil for any number.
    case repeated(PatternNode, least: Int, most: Int?)

    /// What must be so at a place.
    enum Border {
        case textStart, textEnd, lineStart, lineEnd, word, noWord
    }
}

/// A pattern as steps, of which each is followed by the next unless it says otherwise.
struct PatternProgram {
    enum Step {
        /// Takes one scalar.
        case scalar(ScalarSet)
        case either(Int, Int)
        case jump(Int)
        case border(PatternNode.Border)
        case match
    }

    private(set) var steps: [Step] = []

    /// Every step may be taken at each scalar of a text.
    static let maximumSteps = 5000

    init(_ node: PatternNode) throws(PatternError) {
        try add(node)
        try emit(.match)
    }

    @discardableResult
    private mutating func emit(_ step: Step) throws(PatternError) -> Int {
        guard steps.count < Self.maximumSteps else { throw PatternError("is too large") }
        steps.append(step)
        return steps.count - 1
    }

    private mutating func add(_ node: PatternNode) throws(PatternError) {
        switch node {
        case .scalars(let set): try emit(.scalar(set))
        case .border(let border): try emit(.border(border))
        case .sequence(let nodes): for node in nodes { try add(node) }
        case .choice(let nodes): try add(nodes[...])
        case .repeated(let node, let least, let most): try add(node, least, most)
        }
    }

    private mutating func add(_ choices: ArraySlice<PatternNode>) throws(PatternError) {
        guard let first = choices.first else { return }
        guard choices.count > 1 else { return try add(first) }
        let fork = try emit(.either(0, 0))
        try add(first)
        let end = try emit(.jump(0))
        steps[fork] = .either(fork + 1, steps.count)
        try add(choices.dropFirst())
        steps[end] = .jump(steps.count)
    }

    private mutating func add(_ node: PatternNode, _ least: Int, _ most: Int?) throws(PatternError) {
        for _ in 0..<least {
            let start = steps.count
            try add(node)
            // Nothing, however often, is nothing.
            if steps.count == start { break }
        }
        guard let most else {
            let fork = try emit(.either(0, 0))
            try add(node)
            try emit(.jump(fork))
            steps[fork] = .either(fork + 1, steps.count)
            return
        }
        var forks: [Int] = []
        for _ in least..<most {
            forks.append(try emit(.either(0, 0)))
            try add(node)
        }
        for fork in forks { steps[fork] = .either(fork + 1, steps.count) }
    }
}
