//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryLedger
import RegistryModel
import RegistryStorage
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryEvents

/// The expected texts are what docker-registry 2.8.2 sends for the same, without the spaces between.
@Suite("An event as distribution writes it")
struct EventBodyTests {
    private let digest = "sha256:f191e625176e7514249870c60bc24622131b04927a418001d1969c9cecd260f1"
    private let head = #"{"id":"390197fa-81a1-4c8b-a065-1c4f6fbf579a","timestamp":"2026-11-28T22:54:50.913616Z","#
    private let tail =
        #""request":{"id":"839da3ec","addr":"127.0.0.1","host":"127.0.0.1:5055","method":"PUT","#
        + #""useragent":"traffic/1"},"actor":{},"source":{"addr":"vm:5055","#
        + #""instanceID":"235d97d8-6dfb-413a-bc4e-f84f0ee279e4"}}"#

    private var origin: MutationOrigin {
        MutationOrigin(
            requestID: "839da3ec",
            request: RequestOrigin(
                address: "127.0.0.1",
                host: "127.0.0.1:5055",
                method: "PUT",
                userAgent: "traffic/1",
                baseAddress: "http://127.0.0.1:5055",
                trace: ""
            ),
            time: WallTime(microseconds: 1_795_906_490_913_616)
        )
    }

    private func text(_ event: StorageEvent, _ origin: MutationOrigin? = nil, references: Bool = false) -> String {
        EventBody(
            id: "390197fa-81a1-4c8b-a065-1c4f6fbf579a",
            event: event,
            origin: origin ?? self.origin,
            source: EventSource(address: "vm:5055", instance: "235d97d8-6dfb-413a-bc4e-f84f0ee279e4"),
            includesReferences: references
        ).text
    }

    private func descriptor(_ type: MediaType, _ size: Int64) throws -> Descriptor {
        Descriptor(mediaType: type, digest: try Digest(digest), size: size)
    }

    @Test("a blob that was pushed")
    func blob() throws {
        let event = StorageEvent(.push, .blob(try descriptor(.octetStream, 78)), in: try RepositoryName("a/b"))
        let target =
            #""action":"push","target":{"mediaType":"application/octet-stream","size":78,"digest":"\#(digest)","#
            + #""length":78,"repository":"a/b","url":"http://127.0.0.1:5055/v2/a/b/blobs/\#(digest)"},"#
        #expect(text(event) == head + target + tail)
    }

    @Test("a manifest with its tag, and what it refers to where that is wanted")
    func manifest() throws {
        let event = StorageEvent(
            .push,
            .manifest(try descriptor(.ociManifest, 442), tag: try Tag("v1")),
            in: try RepositoryName("a/b"),
            manifest: ByteBuffer(
                string: """
                    {"config":{"digest":"sha256:a","mediaType":"c/d","size":7},"layers":[{"size":9,"digest":"sha256:b",
                    "mediaType":"e/f","annotations":{"z":"1","k":"<v>"},"urls":["https://x/y"],"other":1}]}
                    """
            )
        )
        let target =
            #""action":"push","target":{"mediaType":"application/vnd.oci.image.manifest.v1+json","size":442,"#
            + #""digest":"\#(digest)","length":442,"repository":"a/b","#
            + #""url":"http://127.0.0.1:5055/v2/a/b/manifests/\#(digest)","tag":"v1""#
        let references =
            #","references":[{"mediaType":"c/d","size":7,"digest":"sha256:a"},{"mediaType":"e/f","size":9,"#
            + #""digest":"sha256:b","urls":["https://x/y"],"annotations":{"k":"<v>","z":"1"}}]"#
        #expect(text(event) == head + target + "}," + tail)
        #expect(text(event, references: true) == head + target + references + "}," + tail)
    }

    @Test("an index names its manifests, and what is no manifest names nothing")
    func references() {
        let index = #"{"manifests":[{"digest":"sha256:a","size":1,"mediaType":"m","platform":{"os":"linux"}}]}"#
        #expect(
            ManifestReferences.text(of: index.utf8) == #"[{"mediaType":"m","size":1,"digest":"sha256:a"}]"#
        )
        for text in ["{}", "[]", "nonsense", #"{"layers":3}"#, #"{"layers":[]}"#] {
            #expect(ManifestReferences.text(of: text.utf8) == nil)
        }
    }

    @Test("a blob that was mounted, and what was deleted")
    func others() throws {
        let name = try RepositoryName("c/d")
        let other = try RepositoryName("a/b")
        let mount = StorageEvent(.mount, .blob(try descriptor(.octetStream, 9)), in: name, from: other)
        let mounted =
            #""action":"mount","target":{"mediaType":"application/octet-stream","size":9,"digest":"\#(digest)","#
            + #""length":9,"repository":"c/d","fromRepository":"a/b","#
            + #""url":"http://127.0.0.1:5055/v2/c/d/blobs/\#(digest)"},"#
        #expect(text(mount) == head + mounted + tail)
        let blob = StorageEvent(.delete, .deletedBlob(try Digest(digest)), in: name)
        #expect(
            text(blob) == head + #""action":"delete","target":{"digest":"\#(digest)","repository":"c/d"},"# + tail
        )
        let tag = StorageEvent(.delete, .deletedTag(try Tag("v1")), in: name)
        #expect(text(tag) == head + #""action":"delete","target":{"repository":"c/d","tag":"v1"},"# + tail)
    }

    @Test("what clients say cannot break out of its text, and what is not known is left out")
    func hostile() throws {
        var origin = origin
        origin.actor = "eve\"},\n\u{0}"
        origin.request?.userAgent = #"\"}]}"#
        let event = StorageEvent(.delete, .deletedTag(try Tag("v1")), in: try RepositoryName("a"))
        let json = try StrictJSON(Array(text(event, origin).utf8))
        #expect(json["actor"]?["name"]?.string == "eve\"},\n\u{0}")
        #expect(json["request"]?["useragent"]?.string == #"\"}]}"#)
        let bare = text(event, MutationOrigin(time: WallTime(microseconds: 1_795_906_490_000_000)))
        #expect(bare.contains(#""timestamp":"2026-11-28T22:54:50Z""#))
        #expect(bare.contains(#""request":{"useragent":""},"actor":{},"#))
    }

    @Test("names of events are UUIDs that begin with the time")
    func names() {
        let names = (0..<1000).map { _ in EventID.make() }
        #expect(Set(names).count == 1000)
        let times = names.map { $0.prefix(13) }
        #expect(times == times.sorted())
        for name in names {
            #expect(name.wholeMatch(of: #/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/#) != nil)
        }
    }

    @Test("each endpoint hears of what its filters let through")
    func filters() throws {
        let instruments = NotificationInstruments()
        func route(_ name: String, _ filter: EventFilter) -> EndpointRouter.Route {
            EndpointRouter.Route(name, filter, instruments.endpoint(name))
        }
        let router = EndpointRouter(
            [
                route("all", EventFilter()),
                route("team", EventFilter(repositories: [Glob("team/**")])),
                route("pushes", EventFilter(actions: [.push])),
                route("no-layers", EventFilter(ignoredMediaTypes: ["application/octet-stream"])),
            ],
            from: EventSource(address: "vm:5055"),
            includesReferences: false
        )
        let blob = StorageEvent(.push, .blob(try descriptor(.octetStream, 1)), in: try RepositoryName("team/app"))
        let tag = StorageEvent(.delete, .deletedTag(try Tag("v1")), in: try RepositoryName("other"))
        #expect(router.route(blob, by: origin)?.endpoints == ["all", "team", "pushes"])
        #expect(router.route(tag, by: origin)?.endpoints == ["all", "no-layers"])
        #expect(router.wantsPulls)
        router.use([route("pushes", EventFilter(actions: [.push]))], includesReferences: false)
        #expect(router.route(tag, by: origin) == nil)
        #expect(!router.wantsPulls)
        #expect(instruments.endpoint("all").events[.events].value == 2)
        let entry = try #require(router.route(blob, by: origin))
        #expect(entry.body.contains(#"{"id":"\#(entry.id)""#))
        #expect(entry.time == origin.time.microseconds && entry.repository == "team/app")
    }
}
