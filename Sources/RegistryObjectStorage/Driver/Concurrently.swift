//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Does the same with all of some items, with so many at a time, and gives back what came of each in their order.
/// - Throws: the first failure; what has not begun then does not begin.
func concurrently<Item: Sendable, Output: Sendable, Failure: Error>(
    _ items: [Item],
    _ limit: Int,
    _ body: @escaping @Sendable (Item) async throws(Failure) -> Output
) async throws(Failure) -> [Output] {
    let results = await withTaskGroup(of: (Int, Result<Output, Failure>).self) { group in
        var results = [Result<Output, Failure>?](repeating: nil, count: items.count)
        var next = 0
        func begin() {
            guard next < items.count else { return }
            let (position, item) = (next, items[next])
            next += 1
            group.addTask {
                do throws(Failure) { return (position, .success(try await body(item))) } catch {
                    return (position, .failure(error))
                }
            }
        }
        for _ in 0..<max(1, limit) { begin() }
        while let (position, result) = await group.next() {
            results[position] = result
            if case .failure = result {
                group.cancelAll()
                next = items.count
            }
            begin()
        }
        return results
    }
    var outputs: [Output] = []
    outputs.reserveCapacity(items.count)
    // A failure first: those that were cancelled for it fail too, and say less.
    var failures: [Failure] = []
    for case .some(let result) in results {
        switch result {
        case .success(let output): outputs.append(output)
        case .failure(let error): failures.append(error)
        }
    }
    if let first = failures.first { throw first }
    return outputs
}
