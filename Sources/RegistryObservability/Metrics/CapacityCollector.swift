//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// How much is stored, as it was last computed; nothing before that, and without a ledger.
package struct CapacityCollector: Collector {
    private let numbers: @Sendable () -> CapacityNumbers?

    /// - Parameter numbers: what was last computed, at once.
    package init(_ numbers: @escaping @Sendable () -> CapacityNumbers?) { self.numbers = numbers }

    private static let physical = MetricDescription(
        "registry_storage_physical_bytes",
        .gauge,
        "Bytes that the ledger knows on the disk: content that a repository reaches, that none does, and uploads.",
        labels: [.init("state", .closed(["referenced", "unreferenced", "uploading"]))]
    )
    private static let logical = MetricDescription(
        "registry_storage_logical_bytes",
        .gauge,
        "Bytes that pulling every manifest would name, duplicates counted each time."
    )
    private static let repositories = MetricDescription(
        "registry_repositories",
        .gauge,
        "Repositories in the catalogue."
    )
    private static let manifests = MetricDescription("registry_manifests", .gauge, "Manifests of all repositories.")
    private static let tags = MetricDescription("registry_tags", .gauge, "Tags of all repositories.")
    private static let blobs = MetricDescription("registry_blobs", .gauge, "Pieces of content, each once.")
    private static let time = MetricDescription(
        "registry_capacity_computed_timestamp_seconds",
        .gauge,
        "When these numbers were computed."
    )
    private static let duration = MetricDescription(
        "registry_capacity_compute_seconds",
        .gauge,
        "Time that computing them took.",
        isDiagnostic: true
    )

    static let descriptions = [physical, logical, repositories, manifests, tags, blobs, time, duration]

    package func collect(into writer: inout ExpositionWriter) {
        guard let numbers = numbers() else { return }
        writer.family(Self.physical)
        let states = [
            ("referenced", numbers.referenced), ("unreferenced", numbers.unreferenced),
            ("uploading", numbers.uploading),
        ]
        for (state, bytes) in states {
            if let bytes { writer.sample(labels: ExpositionWriter.label("state", state), bytes) }
        }
        for (description, value) in [
            (Self.logical, numbers.logical), (Self.repositories, numbers.repositories),
            (Self.manifests, numbers.manifests), (Self.tags, numbers.tags), (Self.blobs, numbers.blobs),
        ] {
            writer.family(description)
            writer.sample(value)
        }
        writer.family(Self.time)
        writer.sample(Double(numbers.computedAt.microseconds) / 1_000_000)
        writer.family(Self.duration)
        writer.sample(numbers.duration / .microseconds(1) / 1_000_000)
    }

    // MARK: By repository

    private static let deduplicated = byRepository(
        "registry_repository_deduplicated_bytes",
        "Bytes of the repository's blobs, each once."
    )
    private static let exclusive = byRepository(
        "registry_repository_exclusive_bytes",
        "Bytes of those that no other repository reaches."
    )

    static let repositoryDescriptions = [deduplicated, exclusive]

    private static func byRepository(_ name: String, _ help: String) -> MetricDescription {
        MetricDescription(
            name,
            .gauge,
            help,
            labels: [.init("repository", .open("the repository's name; of those that hold the most"))]
        )
    }

    /// Writes what the repositories hold that hold the most.
    /// - Parameter top: repositories at most; nil for all that were kept.
    func writeRepositories(top: Int?, to writer: inout ExpositionWriter) {
        guard let numbers = numbers() else { return }
        let largest = numbers.largest.prefix(top ?? .max).sorted { $0.name < $1.name }
        for (description, value) in [
            (Self.deduplicated, { $0.deduplicated }), (Self.exclusive, { $0.exclusive }),
        ] as [(MetricDescription, (CapacityNumbers.Repository) -> Int64)] {
            writer.family(description)
            for repository in largest {
                writer.sample(labels: ExpositionWriter.label("repository", repository.name), value(repository))
            }
        }
    }
}
