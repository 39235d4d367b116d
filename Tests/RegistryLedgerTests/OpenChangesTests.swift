//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryStorage
import RegistryTestKit
import Testing

@testable import RegistryLedger

@Suite("Changes under way")
struct OpenChangesTests {
    private let name: RepositoryName
    private let (first, second): (StorageItem, StorageItem)

    init() throws {
        name = try RepositoryName("team/app")
        first = .tag(name, try Tag("1"))
        second = .tag(name, try Tag("2"))
    }

    @Test("Who watches hears of what began before and has not ended, and of what begins")
    func watch() throws {
        var changes = OpenChanges(startingAt: 7)
        let ended = changes.begin([.manifest(name, Digest.of([1]))])
        changes.end(ended)
        let before = changes.begin([first])
        let watch = changes.watch(.repository(name))
        #expect(changes.touched(watch) == [first])
        _ = changes.begin([second, .blob(Digest.of([1]))])
        _ = changes.begin([.tag(try RepositoryName("other"), try Tag("3"))])
        changes.end(before)
        #expect(changes.touched(watch) == [first, second])
        changes.unwatch(watch)
        #expect(changes.touched(watch).isEmpty)
    }

    @Test("Content is watched by the first byte of its digest")
    func shards() {
        var changes = OpenChanges(startingAt: 0)
        let digest = Digest.of([1])
        let watch = changes.watch(.shard(.sha256, DigestKey.firstByte(of: digest)))
        let other = changes.watch(.shard(.sha512, DigestKey.firstByte(of: digest)))
        _ = changes.begin([.blob(digest)])
        #expect(changes.touched(watch) == [.blob(digest)])
        #expect(changes.touched(other).isEmpty)
    }

    @Test("Items are read as they are written")
    func texts() throws {
        let upload = UploadID()
        let items: [StorageItem] = [
            first, .blob(Digest.of([1])), .layer(name, Digest.of([1], .sha512)), .manifest(name, Digest.of([2])),
            .upload(name, upload),
        ]
        for item in items { #expect(StorageItem(item.text) == item) }
        for text in ["", "tag", "tag team/app", "tag TEAM x", "thing team/app x", "tag team/app x y"] {
            #expect(StorageItem(text) == nil)
        }
    }
}
