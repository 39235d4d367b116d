//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryStorage
import Testing

@Suite("The tree on disk")
struct DiskLayoutTests {
    private static let hex = "ab" + String(repeating: "01", count: 31)
    private static let longHex = "cd" + String(repeating: "23", count: 63)
    private static let top = "/docker/registry/v2"
    private static let repository = top + "/repositories/team/my.app-1"

    @Test("has the paths that distribution's has")
    func paths() throws {
        let name = try RepositoryName("team/my.app-1")
        let tag = try Tag("v1.2_x")
        let id = try UploadID("6b3c9a93-af5d-473f-a4ff-9710022185cd")
        let digest = try Digest("sha256:" + Self.hex)
        let long = try Digest("sha512:" + Self.longHex)
        let upload = Self.repository + "/_uploads/6b3c9a93-af5d-473f-a4ff-9710022185cd"
        let manifests = Self.repository + "/_manifests"
        let expected: [(StoragePath, String)] = [
            (DiskLayout.root, Self.top),
            (DiskLayout.repositories, Self.top + "/repositories"),
            (DiskLayout.blob(digest), "\(Self.top)/blobs/sha256/ab/\(Self.hex)/data"),
            (DiskLayout.blob(long), "\(Self.top)/blobs/sha512/cd/\(Self.longHex)/data"),
            (DiskLayout.repository(name), Self.repository),
            (DiskLayout.layers(name), Self.repository + "/_layers"),
            (DiskLayout.layerLink(name, digest), "\(Self.repository)/_layers/sha256/\(Self.hex)/link"),
            (DiskLayout.layerLink(name, long), "\(Self.repository)/_layers/sha512/\(Self.longHex)/link"),
            (DiskLayout.manifests(name), manifests),
            (DiskLayout.revisions(name, .sha256), manifests + "/revisions/sha256"),
            (DiskLayout.revisions(name, .sha512), manifests + "/revisions/sha512"),
            (DiskLayout.revisionLink(name, digest), "\(manifests)/revisions/sha256/\(Self.hex)/link"),
            (DiskLayout.revisionLink(name, long), "\(manifests)/revisions/sha512/\(Self.longHex)/link"),
            (DiskLayout.tags(name), manifests + "/tags"),
            (DiskLayout.tag(name, tag), manifests + "/tags/v1.2_x"),
            (DiskLayout.currentLink(name, tag), manifests + "/tags/v1.2_x/current/link"),
            (DiskLayout.indexLink(name, tag, digest), "\(manifests)/tags/v1.2_x/index/sha256/\(Self.hex)/link"),
            (DiskLayout.upload(name, id), upload),
            (DiskLayout.uploadData(name, id), upload + "/data"),
            (DiskLayout.uploadStart(name, id), upload + "/startedat"),
            (DiskLayout.hashStates(name, id, .sha256), upload + "/hashstates/sha256"),
            (DiskLayout.hashStates(name, id, .sha512), upload + "/hashstates/sha512"),
        ]
        for (path, text) in expected { #expect(path.description == text) }
    }

    @Test("has a repository where something was pushed")
    func repositories() {
        func isRepository(_ entries: [(String, Bool)]) -> Bool {
            DiskLayout.isRepository(entries.map { FolderEntry(name: $0.0, isFolder: $0.1) })
        }
        #expect(isRepository([("_layers", true)]))
        #expect(isRepository([("_manifests", true)]))
        #expect(isRepository([("a", true), ("_manifests", true), ("_uploads", true)]))
        #expect(!isRepository([]))
        #expect(!isRepository([("_uploads", true)]))
        #expect(!isRepository([("_layers", false)]))
        #expect(!isRepository([("layers", true), ("a", true)]))
    }

    @Test("leads to further repositories by folders of names")
    func leading() {
        #expect(DiskLayout.leadsToRepositories(FolderEntry(name: "a", isFolder: true)))
        #expect(!DiskLayout.leadsToRepositories(FolderEntry(name: "a", isFolder: false)))
        #expect(!DiskLayout.leadsToRepositories(FolderEntry(name: "_layers", isFolder: true)))
    }

    @Test("has paths that know what holds them")
    func parents() {
        let path = StoragePath.root.appending("a").appending("b/c")
        #expect(path.description == "/a/b/c")
        #expect(path.name == "c")
        #expect(path.parent.description == "/a/b")
        #expect(path.parent.parent.parent == .root)
        #expect(StoragePath.root.parent == .root)
        #expect(StoragePath.root.name == "")
        #expect(StoragePath.root.description == "")
    }
}
