//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import Testing

@Suite("Client families")
struct ClientFamilyTests {
    @Test(
        "are told by the user agent",
        arguments: [
            (
                "docker/27.3.1 go/go1.22.7 git-commit/41ca978 kernel/6.8.0 os/linux arch/amd64 UpstreamClient(Docker-Client/27.3.1)",
                .docker
            ),
            ("Docker-Client/24.0.7 (linux)", .docker), ("containerd/1.7.24", .containerd),
            ("containerd/v2.0.0+unknown", .containerd),
            ("skopeo/1.14.0", .skopeo), ("libpod/4.9.3", .podman), ("podman/5.2.0", .podman),
            ("Buildah/1.37.0", .buildah),
            ("buildah/1.37.0", .buildah), ("containers/5.32.0 (github.com/containers/image)", .podman),
            ("cri-o/1.31.0 go/go1.23", .crio),
            ("buildkit/v0.17", .buildkit), ("oras/1.2.0", .oras), ("oras-go", .oras), ("oras-py/0.2.1", .oras),
            ("crane/0.20.2", .crane),
            ("go-containerregistry/v0.20.2", .crane), ("cosign/v2.4.1 (linux; amd64)", .cosign), ("Helm/3.16.2", .helm),
            ("helm/3.16.2", .helm), ("kaniko/v1.23.2", .kaniko), ("nerdctl/2.0.0", .nerdctl),
            ("regclient/regctl (v0.7.2)", .regclient),
            ("trivy/0.57.0", .trivy), ("curl/8.5.0", .curl), ("Wget/1.21.4", .wget),
            // A product of its own, on the library that many use.
            ("my-tool/1.0 go-containerregistry", .crane), ("my-tool/1.0 go-containerregistry/v0.20.2", .crane),
            // The first product counts.
            ("kaniko/v1.23.2 go-containerregistry/v0.20.2", .kaniko),
        ] as [(String, ClientFamily)]
    )
    func known(userAgent: String, family: ClientFamily) {
        #expect(ClientFamily(userAgent: userAgent) == family)
    }

    @Test(
        "are other for all else",
        arguments: [
            "", " ", "-", "/", "docker", "Docker/27", "DOCKER/27.3.1", " docker/27.3.1", "x docker/27.3.1",
            "dockerd/27", "curl", "Mozilla/5.0",
            "Go-http-client/1.1", "python-requests/2.31.0", "\0", "é", "d", "containerd", "wget/1.0",
            "go-containerregistry-like/1.0 x",
            String(repeating: "x", count: 1_000_000), String(repeating: "x ", count: 5000) + "go-containerregistry",
        ]
    )
    func unknown(userAgent: String) {
        #expect(ClientFamily(userAgent: userAgent) == .other)
    }

    @Test("have names that fit a label", arguments: ClientFamily.allCases)
    func names(family: ClientFamily) {
        #expect(family.rawValue.allSatisfy { $0.isASCII && ($0.isLowercase || $0 == "-") })
    }
}
