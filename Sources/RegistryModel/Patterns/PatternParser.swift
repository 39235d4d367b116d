//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Reads a regular expression.
struct PatternParser {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var flags = Flags()
    private var names: Set<String> = []
    private var depth = 0

    /// What `(?ims)` switches.
    struct Flags {
        var ignoresCase = false
        var multiline = false
        var dotTakesAll = false
    }

    private static let maximumDepth = 200
    private static let maximumCount = 1000

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    mutating func parse() throws(PatternError) -> PatternNode {
        let node = try choice()
        guard position == scalars.count else { throw PatternError("has a ) without its (") }
        return node
    }

    // MARK: Reading

    var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    mutating func take() -> Unicode.Scalar? {
        defer { if position < scalars.count { position += 1 } }
        return next
    }

    mutating func take(_ text: String) -> Bool {
        guard scalars[position...].starts(with: text.unicodeScalars) else { return false }
        position += text.unicodeScalars.count
        return true
    }

    /// The text before an end, which is taken too; nil if it does not come.
    mutating func take(before end: String) -> String? {
        let start = position
        while position < scalars.count {
            let found = position
            if take(end) { return String(String.UnicodeScalarView(scalars[start..<found])) }
            position += 1
        }
        position = start
        return nil
    }

    // MARK: Structure

    private mutating func choice() throws(PatternError) -> PatternNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else { throw PatternError("is nested too deeply") }
        var choices = [try sequence()]
        while take("|") { choices.append(try sequence()) }
        return choices.count == 1 ? choices[0] : .choice(choices)
    }

    private mutating func sequence() throws(PatternError) -> PatternNode {
        var nodes: [PatternNode] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            // What an operator that follows is about; nothing behind flags.
            var last: PatternNode?
            if take("\\Q") {
                // As far as the end, if it is not said.
                let quoted = take(before: "\\E") ?? rest()
                for scalar in quoted.unicodeScalars {
                    if let last { nodes.append(last) }
                    last = .scalars(try literal(scalar))
                }
            } else if take("(") {
                last = try group()
            } else if try count() == nil {
                last = try atom()
            } else {
                throw PatternError("has an operator such as * with nothing before it")
            }
            if let (least, most) = try count() {
                guard let node = last else { throw PatternError("has an operator such as * with nothing before it") }
                _ = take("?")
                last = .repeated(node, least: least, most: most)
                guard try count() == nil else { throw PatternError("has two operators such as * in a row") }
            }
            if let last { nodes.append(last) }
        }
        return nodes.count == 1 ? nodes[0] : .sequence(nodes)
    }

    private mutating func rest() -> String {
        defer { position = scalars.count }
        return String(String.UnicodeScalarView(scalars[position...]))
    }

    /// How often something is to come, if that is said here.
    private mutating func count() throws(PatternError) -> (least: Int, most: Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        let start = position
        guard take("{"), let least = number() else {
            // Not of this form, a brace is a character like others.
            position = start
            return nil
        }
        var most: Int? = least
        if take(",") { most = next == "}" ? nil : number() ?? -1 }
        guard most != -1, take("}") else {
            position = start
            return nil
        }
        guard max(least, most ?? 0) <= Self.maximumCount, most.map({ $0 >= least }) ?? true else {
            throw PatternError("repeats something more than \(Self.maximumCount) times, or from more to less")
        }
        return (least, most)
    }

    private mutating func number() -> Int? {
        let start = position
        var number = 0
        while let scalar = next, ScalarSet.digits.contains(scalar) {
            number = min(number * 10 + Int(scalar.value - 0x30), Self.maximumCount + 1)
            position += 1
        }
        return position > start && (position == start + 1 || scalars[start] != "0") ? number : nil
    }

    // MARK: Groups

    /// What is in parentheses; nil for flags alone, which hold for the rest of the group around them.
    private mutating func group() throws(PatternError) -> PatternNode? {
        let outside = flags
        if take("?") {
            if take("P<") || takeNameMark() {
                try name()
            } else if try !takeFlags() {
                return nil
            }
        }
        let node = try choice()
        guard take(")") else { throw PatternError("has a ( without its )") }
        flags = outside
        return node
    }

    /// Takes the `<` before a name; that of `(?<=` and `(?<!` stands before none.
    private mutating func takeNameMark() -> Bool {
        let following = scalars[position...].dropFirst().first
        return following != "=" && following != "!" && take("<")
    }

    private mutating func name() throws(PatternError) {
        guard let name = take(before: ">"), !name.isEmpty, name.unicodeScalars.allSatisfy(ScalarSet.word.contains)
        else {
            throw PatternError("has a group without a name of letters, digits and _")
        }
        guard names.insert(name).inserted else { throw PatternError("has two groups with the name \(name)") }
    }

    /// - Returns: whether a group follows.
    private mutating func takeFlags() throws(PatternError) -> Bool {
        var (isOn, isMissing) = (true, false)
        while let scalar = take() {
            switch scalar {
            case "i": flags.ignoresCase = isOn
            case "m": flags.multiline = isOn
            case "s": flags.dotTakesAll = isOn
            // Which of several matches it is makes no difference here.
            case "U": break
            case "-" where isOn:
                (isOn, isMissing) = (false, true)
                continue
            case ":" where !isMissing: return true
            case ")" where !isMissing: return false
            case "=", "!", "<": throw PatternError("looks ahead or behind with (?\(scalar), which RE2 does not know")
            default: throw PatternError("has a group of a kind that is not known: (?\(scalar)")
            }
            isMissing = false
        }
        throw PatternError("has a ( without its )")
    }

    // MARK: Characters

    private mutating func atom() throws(PatternError) -> PatternNode {
        guard let scalar = take() else { return .sequence([]) }
        switch scalar {
        case ".":
            return .scalars(flags.dotTakesAll ? .all : ScalarSet("\n" as Unicode.Scalar).inverted)
        case "^": return .border(flags.multiline ? .lineStart : .textStart)
        case "$": return .border(flags.multiline ? .lineEnd : .textEnd)
        case "[": return .scalars(try scalarClass())
        case "\\":
            if let border = border() { return .border(border) }
            if let set = perlClass() { return .scalars(set) }
            return .scalars(try literal(try escaped()))
        default: return .scalars(try literal(scalar))
        }
    }

    private mutating func border() -> PatternNode.Border? {
        if take("A") { return .textStart }
        if take("z") { return .textEnd }
        if take("b") { return .word }
        if take("B") { return .noWord }
        return nil
    }

    private func literal(_ scalar: Unicode.Scalar) throws(PatternError) -> ScalarSet { try cased(ScalarSet(scalar)) }

    /// With both cases, where case is ignored.
    func cased(_ set: ScalarSet) throws(PatternError) -> ScalarSet {
        guard flags.ignoresCase else { return set }
        guard set.isASCII else {
            throw PatternError("ignores the case of letters beyond ASCII, which is not known here")
        }
        return set.folded
    }
}
