//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry
import Testing

@testable import RegistryHTTP

private let digest = "sha256:" + String(repeating: "a", count: 64)

/// What a path leads to: the text of a route, the code of the error, or nil for no route.
private func outcome(_ path: String, prefix: String = "") -> String? {
    guard let match = RouteMatch(path: path[...], prefix: prefix) else { return nil }
    do throws(RegistryError) {
        return switch try match.route() {
        case .base: "base"
        case .catalog: "catalog"
        case .tags(let name): "tags \(name)"
        case .manifest(let name, let reference): "manifest \(name) \(reference)"
        case .blob(let name, _): "blob \(name)"
        case .uploads(let name): "uploads \(name)"
        case .upload(let name, let id): "upload \(name) \(id)"
        case .referrers(let name, _): "referrers \(name)"
        case nil: nil
        }
    } catch {
        return error.code.rawValue
    }
}

@Suite("Routes are read from the tail")
struct RouteMatchTests {
    @Test(
        "Every route is found",
        arguments: [
            ("/v2", "base"), ("/v2/", "base"), ("/v2/_catalog", "catalog"), ("/v2/_catalog/", "catalog"),
            ("/v2/a/tags/list", "tags a"), ("/v2/a/b/c/tags/list", "tags a/b/c"),
            ("/v2/a/manifests/latest", "manifest a latest"), ("/v2/a/b/manifests/\(digest)", "manifest a/b \(digest)"),
            ("/v2/a/blobs/\(digest)", "blob a"), ("/v2/a/referrers/\(digest)", "referrers a"),
            ("/v2/a/blobs/uploads/", "uploads a"), ("/v2/a/blobs/uploads", "uploads a"),
            ("/v2/a/blobs/uploads/some-id", "upload a some-id"),
        ]
    )
    func found(_ path: String, _ expected: String) {
        #expect(outcome(path) == expected)
    }

    @Test(
        "Names may have the words of the routes in them",
        arguments: [
            ("/v2/blobs/manifests/tags", "manifest blobs tags"),
            ("/v2/manifests/manifests/manifests", "manifest manifests manifests"),
            ("/v2/tags/list/tags/list", "tags tags/list"),
            ("/v2/a/blobs/uploads/blobs/uploads/", "uploads a/blobs/uploads"),
            ("/v2/a/blobs/uploads/manifests/v1", "manifest a/blobs/uploads v1"),
            ("/v2/blobs/uploads/blobs/\(digest)", "blob blobs/uploads"),
            ("/v2/a/blobs/uploads/x/blobs/uploads/id", "upload a/blobs/uploads/x id"),
            ("/v2/v2/tags/list", "tags v2"), ("/v2/a/manifests/uploads", "manifest a uploads"),
            ("/v2/a/referrers/b/tags/list", "tags a/referrers/b"),
        ]
    )
    func words(_ path: String, _ expected: String) {
        #expect(outcome(path) == expected)
    }

    @Test(
        "What is no route is none",
        arguments: [
            "", "/", "v2/", "/v1/", "/v22/", "/V2/", "//v2/", "/v2//", "/v2/a", "/v2/a/", "/v2/tags/list",
            "/v2/manifests/latest", "/v2/blobs/uploads/id/x", "/v2/a/tags", "/v2/a/tags/list/", "/v2/a/tags/lists",
            "/v2/a/manifests/latest/", "/v2/a/manifests/", "/v2/a/blobs/\(digest)/", "/v2/a/blobs/uploads/id/",
            "/v2/a/blobs/uploads//",
            "/v2/_catalog/x", "/v2/a/tags/list//", "/%76%32x/", "*", "http://host/v2/",
        ]
    )
    func none(_ path: String) {
        #expect(outcome(path) == nil)
    }

    @Test(
        "Tricks with paths are refused as what they are",
        arguments: [
            ("/v2/../manifests/latest", "NAME_INVALID"), ("/v2/a/../b/manifests/latest", "NAME_INVALID"),
            ("/v2/%2e%2e/manifests/latest", "NAME_INVALID"), ("/v2/a%2fb/manifests/latest", "NAME_INVALID"),
            ("/v2/a%2Fb/tags/list", "NAME_INVALID"), ("/v2/a//b/tags/list", "NAME_INVALID"),
            ("/v2//a/tags/list", "NAME_INVALID"), ("/v2/a\\b/tags/list", "NAME_INVALID"),
            ("/v2/a%5cb/tags/list", "NAME_INVALID"), ("/v2/a%00/tags/list", "NAME_INVALID"),
            ("/v2/a%zz/tags/list", "NAME_INVALID"), ("/v2/a%2/tags/list", "NAME_INVALID"),
            ("/v2/a%/tags/list", "NAME_INVALID"), ("/v2/a%ff/tags/list", "NAME_INVALID"),
            ("/v2/A/tags/list", "NAME_INVALID"), ("/v2/_uploads/tags/list", "NAME_INVALID"),
            ("/v2/a/_manifests/tags/list", "NAME_INVALID"), ("/v2/./tags/list", "NAME_INVALID"),
            ("/v2/a/manifests/%2e%2e", "TAG_INVALID"),
            ("/v2/a/manifests/x%2fy", "TAG_INVALID"), ("/v2/a/manifests/x%00", "TAG_INVALID"),
            ("/v2/a/manifests/sha256:abc", "DIGEST_INVALID"), ("/v2/a/blobs/latest", "DIGEST_INVALID"),
            ("/v2/a/blobs/uploads/..", "BLOB_UPLOAD_UNKNOWN"), ("/v2/a/blobs/uploads/.", "BLOB_UPLOAD_UNKNOWN"),
            ("/v2/a/blobs/uploads/%2e%2e", "BLOB_UPLOAD_UNKNOWN"), ("/v2/a/blobs/uploads/a%2fb", "BLOB_UPLOAD_UNKNOWN"),
        ]
    )
    func tricks(_ path: String, _ code: String) {
        #expect(outcome(path) == code)
    }

    @Test("Escapes of harmless characters are what they stand for")
    func escapes() {
        #expect(outcome("/%76%32/%61/tags/%6cist") == "tags a")
        #expect(outcome("/v2/a/blobs/sha256%3A" + String(repeating: "a", count: 64)) == "blob a")
    }

    @Test("Names end at 255 characters, whatever their form", arguments: [255, 256, 10_000])
    func long(_ length: Int) {
        let name = String(repeating: "a/", count: length / 2).prefix(length - 1) + "b"
        #expect(outcome("/v2/\(name)/tags/list") == (length <= 255 ? "tags \(name)" : "NAME_INVALID"))
        #expect(outcome("/v2/\(String(repeating: "a", count: length))/tags/list")?.hasPrefix("NAME") == (length > 255))
    }

    @Test("Paths of many components take no longer than their length")
    func many() {
        #expect(outcome("/v2" + String(repeating: "/", count: 50_000)) == nil)
        #expect(outcome("/v2" + String(repeating: "/a", count: 50_000) + "/tags/list") == "NAME_INVALID")
        #expect(outcome("/v2" + String(repeating: "/%2f", count: 10_000) + "/tags/list") == "NAME_INVALID")
    }

    @Test(
        "A prefix must be there, whole",
        arguments: [
            ("/registry/v2/", "base"), ("/registry/v2/a/tags/list", "tags a"), ("/v2/", nil), ("/registryv2/", nil),
            ("/registry//v2/", nil), ("/other/v2/", nil), ("/registry", nil), ("/registry/", nil),
        ] as [(String, String?)]
    )
    func prefixed(_ path: String, _ expected: String?) {
        #expect(outcome(path, prefix: "/registry/") == expected)
    }

    @Test("Every route has methods, each of them once", arguments: RouteName.allCases)
    func methods(_ name: RouteName) {
        #expect(name.methods.isEmpty == (name == .unknown))
        #expect(Set(name.methods).count == name.methods.count)
    }
}
