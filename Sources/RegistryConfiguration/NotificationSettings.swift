//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Events that are posted to other servers: section `notifications`.
package struct NotificationSettings: Sendable, Equatable {
    /// Whether events name what a manifest refers to.
    package var includesReferences: Bool
    /// How long events that have arrived are kept, so that they can be sent again; 0 for not at all.
    package var history: Duration
    /// Without those that are switched off.
    package var endpoints: [Endpoint]

    /// Creates settings; what is left out has its default.
    package init(
        includesReferences: Bool = false,
        history: Duration = .seconds(86_400),
        endpoints: [Endpoint] = []
    ) {
        self.includesReferences = includesReferences
        self.history = history
        self.endpoints = endpoints
    }

    /// Where events go.
    package struct Endpoint: Sendable, Equatable {
        package var name: String
        package var url: String
        /// What each post carries, which may well be secret.
        package var headers: [HealthSettings.Header] = []
        package var format = Format.distribution
        /// For one post; above 0.
        package var timeout = Duration.seconds(1)
        /// Failures in a row before a pause; above 0.
        package var threshold = 10
        /// The pause; above 0.
        package var backoff = Duration.seconds(1)
        /// Further attempts at an event; nil for as many as it takes.
        package var maxRetries: Int?
        /// Posts at the same time; above 0.
        package var parallel = 4
        package var batch = Batch()
        package var filter = Filter()
        /// What posts are signed with; nil if they are not, or a file has it.
        package var secret: Secret?
        /// A file with a secret a line.
        package var secretFile: String?
        package var tls = TLS()
        package var queue = Queue()
        package var deadLetters = DeadLetters()

        package init(name: String, url: String) {
            self.name = name
            self.url = url
        }
    }

    package enum Format: String, Sendable, CaseIterable {
        case distribution
        case cloudEvents = "cloudevents"
        case cloudEventsBinary = "cloudevents-binary"
    }

    /// Events in one post.
    package struct Batch: Sendable, Equatable {
        /// Above 0.
        package var size = 1
        /// How long fewer wait for more.
        package var wait = Duration.zero
    }

    /// What an endpoint hears of.
    package struct Filter: Sendable, Equatable {
        /// Patterns of names; empty for all.
        package var repositories: [String] = []
        /// Empty for all.
        package var actions: [String] = []
        package var ignoredActions: [String] = []
        package var ignoredMediaTypes: [String] = []
    }

    /// Files in PEM form.
    package struct TLS: Sendable, Equatable {
        /// Whom to trust; empty for whom the system trusts.
        package var rootCAs: [String] = []
        package var certificate: String?
        package var key: String?
        package var minimumVersion = TLSSettings.Version.tls12

        /// Whether nothing is said of it.
        package var isStandard: Bool { self == TLS() }
    }

    /// What may wait; nil for no bound.
    package struct Queue: Sendable, Equatable {
        package var count: Int? = 1_000_000
        package var bytes: Int64? = 1 << 30
        package var age: Duration? = .seconds(7 * 86_400)
    }

    /// What is kept of events that were given up; nil for no bound.
    package struct DeadLetters: Sendable, Equatable {
        package var count: Int? = 100_000
        package var age: Duration? = .seconds(30 * 86_400)
    }

    /// The words for what events tell of.
    static let actions = ["push", "pull", "mount", "delete"]
}
