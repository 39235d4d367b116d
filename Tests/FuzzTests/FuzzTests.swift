//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import FuzzTargets
import Testing

@Suite("Parsers of what is not trusted", .timeLimit(.minutes(5)))
struct FuzzTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fuzz/Corpus")

    private static func corpus(of target: FuzzTarget) throws -> [[UInt8]] {
        let folder = folder.appending(path: target.rawValue)
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map { name in
            Array(try Data(contentsOf: folder.appending(path: name)))
        }
    }

    /// Changes of each input of the corpus that are tried.
    private static let mutations = 400

    @Test("None of them breaks on its corpus, or on changes of it", arguments: FuzzTarget.allCases)
    func corpus(target: FuzzTarget) throws {
        let corpus = try Self.corpus(of: target)
        #expect(corpus.count >= 4, "seeds for \(target.rawValue)")
        var mutator = Mutator(seed: target.rawValue.utf8.reduce(1) { $0 &* 31 &+ UInt64($1) })
        var inputs: [[UInt8]] = [[]]
        for (place, seed) in corpus.enumerated() {
            inputs.append(seed)
            var bytes = seed
            for turn in 0..<Self.mutations {
                // Mostly one step away, and sometimes further and further.
                bytes = mutator.mutated(
                    turn.isMultiple(of: 4) ? bytes : seed,
                    with: corpus[(place + turn) % corpus.count]
                )
                if bytes.count > 64 << 10 { bytes = seed }
                inputs.append(bytes)
            }
        }
        for input in inputs {
            do throws(BrokenPromise) {
                try target.run(input)
            } catch {
                Issue.record("\(target): \(error), of \(Data(input).base64EncodedString())")
            }
        }
    }

    @Test("The corpus has a folder for each of them, and no other")
    func folders() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        #expect(Set(names) == Set(FuzzTarget.allCases.map(\.rawValue)))
    }

    @Test("Changes are the same in every run, and never the same twice in a row")
    func determinism() {
        var one = Mutator(seed: 7)
        var other = Mutator(seed: 7)
        var seen: Set<[UInt8]> = []
        for _ in 0..<200 {
            let bytes = one.mutated(Array("some input".utf8), with: Array("another".utf8))
            #expect(other.mutated(Array("some input".utf8), with: Array("another".utf8)) == bytes)
            seen.insert(bytes)
        }
        #expect(seen.count > 150)
    }
}
