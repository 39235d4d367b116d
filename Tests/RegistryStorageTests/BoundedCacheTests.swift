//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import RegistryStorage

@Suite("The cache", .timeLimit(.minutes(5)))
struct BoundedCacheTests {
    private typealias Cache = BoundedCache<Int, String>

    private func kept(in cache: Cache, of keys: Range<Int>) -> [Int] { keys.filter { cache[$0] != nil } }

    @Test("keeps what fits")
    func keeps() {
        let cache = Cache(maximumEntries: 3, maximumBytes: 100)
        for key in 0..<3 { cache.insert("\(key)", for: key, bytes: 10) }
        for key in 0..<3 { #expect(cache[key] == "\(key)") }
        #expect(cache[3] == nil)
    }

    @Test("is bounded by entries")
    func entries() {
        let cache = Cache(maximumEntries: 3, maximumBytes: 1_000_000)
        for key in 0..<100 { cache.insert("", for: key, bytes: 1) }
        #expect(kept(in: cache, of: 0..<100) == [97, 98, 99])
    }

    @Test("is bounded by bytes, with no bound of entries if that is 0")
    func bytes() {
        let cache = Cache(maximumEntries: 0, maximumBytes: 100)
        for key in 0..<100 { cache.insert("", for: key, bytes: 10) }
        #expect(kept(in: cache, of: 0..<100) == Array(90..<100))
        let other = Cache(maximumEntries: 0, maximumBytes: 100)
        for key in 0..<10 { other.insert("", for: key, bytes: 10) }
        other.insert("", for: 10, bytes: 85)
        #expect(kept(in: other, of: 0..<11) == [9, 10])
    }

    @Test("lets go first of what was not asked for")
    func clock() {
        let cache = Cache(maximumEntries: 3, maximumBytes: 100)
        for key in 0..<3 { cache.insert("", for: key, bytes: 1) }
        _ = cache[0]
        _ = cache[2]
        cache.insert("", for: 3, bytes: 1)
        #expect(kept(in: cache, of: 0..<4) == [0, 2, 3])
    }

    @Test("takes what is new even if all was asked for, at the second time")
    func allUsed() {
        let cache = Cache(maximumEntries: 2, maximumBytes: 100)
        for key in 0..<2 { cache.insert("", for: key, bytes: 1) }
        _ = (cache[0], cache[1])
        for _ in 0..<2 { cache.insert("", for: 2, bytes: 1) }
        #expect(kept(in: cache, of: 2..<3) == [2])
        #expect(kept(in: cache, of: 0..<3).count == 2)
    }

    @Test("does not keep what alone is more than it holds, and loses nothing for it")
    func tooLarge() {
        let cache = Cache(maximumEntries: 10, maximumBytes: 100)
        cache.insert("", for: 1, bytes: 100)
        cache.insert("", for: 2, bytes: 101)
        #expect(cache[1] != nil)
        #expect(cache[2] == nil)
    }

    @Test("counts a value that is replaced once")
    func replaced() {
        let cache = Cache(maximumEntries: 10, maximumBytes: 100)
        for number in 0..<50 { cache.insert("\(number)", for: 1, bytes: 60) }
        cache.insert("", for: 2, bytes: 40)
        #expect(cache[1] == "49")
        #expect(cache[2] != nil)
        cache.insert("small", for: 1, bytes: 1)
        cache.insert("", for: 3, bytes: 59)
        #expect(kept(in: cache, of: 1..<4) == [1, 2, 3])
    }

    @Test("is used from many tasks at once, and stays within its bounds")
    func concurrency() async {
        let cache = Cache(maximumEntries: 50, maximumBytes: 1000)
        await withTaskGroup(of: Void.self) { tasks in
            for task in 0..<8 {
                tasks.addTask {
                    for number in 0..<2000 {
                        let key = (number * 31 + task * 7) % 200
                        if let value = cache[key] { #expect(value == "\(key)") }
                        cache.insert("\(key)", for: key, bytes: 1 + key % 40)
                    }
                }
            }
        }
        let keys = kept(in: cache, of: 0..<200)
        #expect(keys.count <= 50)
        #expect(keys.map { 1 + $0 % 40 }.reduce(0, +) <= 1000)
    }
}
