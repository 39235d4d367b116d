//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CPlimsoll
package import RegistryModel

/// A digest being computed, as a plain value: copying it keeps a state to come back to.
package struct ContentHasher: Sendable {
    private var state: State

    private enum State: Sendable {
        case sha256(plimsoll_sha256)
        case sha512(plimsoll_sha512)
    }

    /// A computation over no bytes yet.
    package init(_ algorithm: DigestAlgorithm) {
        switch algorithm {
        case .sha256:
            var state = plimsoll_sha256()
            plimsoll_sha256_init(&state)
            self.state = .sha256(state)
        case .sha512:
            var state = plimsoll_sha512()
            plimsoll_sha512_init(&state)
            self.state = .sha512(state)
        }
    }

    package var algorithm: DigestAlgorithm {
        switch state {
        case .sha256: .sha256
        case .sha512: .sha512
        }
    }

    /// Bytes hashed so far.
    package var count: Int64 {
        switch state {
        case .sha256(let state): Int64(bitPattern: state.length)
        case .sha512(let state): Int64(bitPattern: state.length)
        }
    }

    /// Hashes bytes: about 0.6 ns each, so never on an event loop.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        switch state {
        case .sha256(var value):
            plimsoll_sha256_update(&value, bytes.baseAddress, bytes.count)
            state = .sha256(value)
        case .sha512(var value):
            plimsoll_sha512_update(&value, bytes.baseAddress, bytes.count)
            state = .sha512(value)
        }
    }

    /// The digest of the bytes so far; the computation can go on.
    package var digest: Digest {
        switch state {
        case .sha256(var value):
            let bytes = [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
                plimsoll_sha256_final(&value, buffer.baseAddress)
                count = 32
            }
            return Digest(algorithm: .sha256, bytes: bytes)
        case .sha512(var value):
            let bytes = [UInt8](unsafeUninitializedCapacity: 64) { buffer, count in
                plimsoll_sha512_final(&value, buffer.baseAddress)
                count = 64
            }
            return Digest(algorithm: .sha512, bytes: bytes)
        }
    }
}

// MARK: - The stored form

extension ContentHasher {
    /// The state in the form that distribution stores in `hashstates`, which is that of Go's hash packages: a magic
    /// word, the chaining value, the unfinished block filled up with zeros, and the length; numbers big-endian.
    package var stored: [UInt8] {
        switch state {
        case .sha256(let state):
            Self.sha256Magic + words(state.chain) + withUnsafeBytes(of: state.block, Array.init)
                + bigEndian(state.length)
        case .sha512(let state):
            Self.sha512Magic + words(state.chain) + withUnsafeBytes(of: state.block, Array.init)
                + bigEndian(state.length)
        }
    }

    /// Loads a stored state; nil for anything else than a state of this algorithm.
    package init?(stored: [UInt8], _ algorithm: DigestAlgorithm) {
        switch algorithm {
        case .sha256:
            guard stored.count == 108, stored.starts(with: Self.sha256Magic) else { return nil }
            var state = plimsoll_sha256()
            withUnsafeMutableBytes(of: &state.chain) { Self.load(UInt32.self, from: stored[4..<36], into: $0) }
            withUnsafeMutableBytes(of: &state.block) { $0.copyBytes(from: stored[36..<100]) }
            withUnsafeMutableBytes(of: &state.length) { Self.load(UInt64.self, from: stored[100..<108], into: $0) }
            self.state = .sha256(state)
        case .sha512:
            guard stored.count == 204, stored.starts(with: Self.sha512Magic) else { return nil }
            var state = plimsoll_sha512()
            withUnsafeMutableBytes(of: &state.chain) { Self.load(UInt64.self, from: stored[4..<68], into: $0) }
            withUnsafeMutableBytes(of: &state.block) { $0.copyBytes(from: stored[68..<196]) }
            withUnsafeMutableBytes(of: &state.length) { Self.load(UInt64.self, from: stored[196..<204], into: $0) }
            self.state = .sha512(state)
        }
        guard count >= 0 else { return nil }
    }

    private static let sha256Magic = Array("sha\u{3}".utf8)
    private static let sha512Magic = Array("sha\u{7}".utf8)

    private static func load<Word: FixedWidthInteger>(
        _ type: Word.Type,
        from bytes: ArraySlice<UInt8>,
        into target: UnsafeMutableRawBufferPointer
    ) {
        let size = MemoryLayout<Word>.size
        for position in 0..<bytes.count / size {
            let start = bytes.startIndex + position * size
            let word = bytes[start..<start + size].reduce(Word(0)) { $0 << 8 | Word($1) }
            target.storeBytes(of: word, toByteOffset: position * size, as: Word.self)
        }
    }
}

private func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian, Array.init)
}

private func words(_ chain: (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32)) -> [UInt8] {
    [chain.0, chain.1, chain.2, chain.3, chain.4, chain.5, chain.6, chain.7].flatMap(bigEndian)
}

private func words(_ chain: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64)) -> [UInt8] {
    [chain.0, chain.1, chain.2, chain.3, chain.4, chain.5, chain.6, chain.7].flatMap(bigEndian)
}
