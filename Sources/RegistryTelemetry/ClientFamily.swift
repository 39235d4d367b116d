//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The program behind a `User-Agent`, from a fixed table: bounded, so fit for a label.
package enum ClientFamily: String, Sendable, CaseIterable {
    case buildah, buildkit, containerd, cosign, crane, crio = "cri-o", curl, docker, helm, kaniko, nerdctl, oras, podman
    case regclient, skopeo, trivy, wget, other

    /// Recognises a client by the first product it names that the table has.
    package init(userAgent: String) {
        // One walk over the table, in which the first byte already rules out nearly all.
        let first = userAgent.utf8.first
        let entry = Self.table.first { $0.first == first && userAgent.hasPrefix($0.prefix) }
        self = entry?.family ?? Self.embedded(in: userAgent)
    }

    private static let table: [(first: UInt8?, prefix: String, family: ClientFamily)] = [
        ("docker/", .docker), ("Docker-Client/", .docker), ("containerd/", .containerd), ("skopeo/", .skopeo),
        ("libpod/", .podman), ("podman/", .podman), ("Buildah/", .buildah), ("buildah/", .buildah),
        ("containers/", .podman), ("cri-o/", .crio), ("buildkit/", .buildkit), ("oras", .oras), ("crane/", .crane),
        ("go-containerregistry/", .crane), ("cosign/", .cosign), ("Helm/", .helm), ("helm/", .helm),
        ("kaniko/", .kaniko), ("nerdctl/", .nerdctl), ("regclient/", .regclient), ("trivy/", .trivy),
        ("curl/", .curl), ("Wget/", .wget),
    ].map { ($0.utf8.first, $0, $1) }

    /// go-containerregistry's users put their own name before the library's, which mostly has its version after it.
    private static func embedded(in userAgent: String) -> ClientFamily {
        guard userAgent.utf8.count < 256, let space = userAgent.utf8.lastIndex(of: UInt8(ascii: " ")) else {
            return .other
        }
        let last = userAgent[userAgent.utf8.index(after: space)...]
        return last == "go-containerregistry" || last.hasPrefix("go-containerregistry/") ? .crane : .other
    }
}
