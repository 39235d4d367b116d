//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A regular expression that takes a time in proportion to the text, whatever stands in either.
///
/// It has the syntax of RE2 and means the same, so that expressions written for distribution, which is in Go, can be
/// used; what of that syntax is not known here is refused. There are no back-references and no looking around, as in RE2,
/// which is what makes the promise possible: all ways to match are followed at once (Thompson's construction).
///
/// Source: RE2's syntax, as Go's package `regexp/syntax` has it.
package struct Pattern: Sendable, Equatable, CustomStringConvertible {
    /// As it was written.
    package let description: String
    private let program: PatternProgram

    /// - Throws: what is wrong with it, or is not known here.
    package init(_ text: String) throws(PatternError) {
        var parser = PatternParser(text)
        description = text
        program = try PatternProgram(try parser.parse())
    }

    package static func == (left: Pattern, right: Pattern) -> Bool { left.description == right.description }

    /// Whether it matches anywhere in a text, whose characters are Unicode scalars.
    package func matches(_ text: some StringProtocol) -> Bool {
        var run = PatternRun(program)
        var scalars = text.unicodeScalars.makeIterator()
        var before: Unicode.Scalar?
        var after = scalars.next()
        while true {
            if run.arrive(at: PatternPlace(before: before, after: after)) { return true }
            guard let scalar = after else { return false }
            run.take(scalar)
            before = scalar
            after = scalars.next()
        }
    }
}

/// Why a text is no regular expression, or none that is known here.
package struct PatternError: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

/// A place in a text, between two scalars.
struct PatternPlace {
    /// Nil at the beginning.
    let before: Unicode.Scalar?
    /// Nil at the end.
    let after: Unicode.Scalar?

    func isAt(_ border: PatternNode.Border) -> Bool {
        switch border {
        case .textStart: before == nil
        case .textEnd: after == nil
        case .lineStart: before == nil || before == "\n"
        case .lineEnd: after == nil || after == "\n"
        case .word: isWord(before) != isWord(after)
        case .noWord: isWord(before) == isWord(after)
        }
    }

    private func isWord(_ scalar: Unicode.Scalar?) -> Bool { scalar.map { ScalarSet.word.contains($0) } ?? false }
}

/// All ways in which a pattern may still match, as the text goes by.
private struct PatternRun {
    private let program: PatternProgram
    /// Steps that go on from the place ahead.
    private var arriving: [Int] = []
    /// Steps that want the next scalar.
    private var waiting: [Int] = []
    private var stack: [Int] = []
    /// The last place at which each step was reached: once is enough, since there is no memory of the way.
    private var seen: [Int]
    private var place = 0

    init(_ program: PatternProgram) {
        self.program = program
        self.seen = Array(repeating: 0, count: program.steps.count)
    }

    /// - Returns: whether the pattern has matched.
    mutating func arrive(at border: PatternPlace) -> Bool {
        place += 1
        waiting.removeAll(keepingCapacity: true)
        // A further way begins at each place.
        stack.append(0)
        stack.append(contentsOf: arriving)
        while let step = stack.popLast() {
            guard seen[step] != place else { continue }
            seen[step] = place
            switch program.steps[step] {
            case .scalar: waiting.append(step)
            case .either(let one, let other):
                stack.append(other)
                stack.append(one)
            case .jump(let target): stack.append(target)
            case .border(let wanted): if border.isAt(wanted) { stack.append(step + 1) }
            case .match: return true
            }
        }
        return false
    }

    mutating func take(_ scalar: Unicode.Scalar) {
        arriving.removeAll(keepingCapacity: true)
        for step in waiting {
            guard case .scalar(let set) = program.steps[step], set.contains(scalar) else { continue }
            arriving.append(step + 1)
        }
    }
}
