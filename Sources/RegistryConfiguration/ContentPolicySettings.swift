//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What may be pushed.
package struct ContentPolicySettings: Sendable, Equatable {
    /// The kinds of content that repositories may hold; nil is any.
    package var repositoryClasses: Set<RepositoryClass>?

    /// Creates settings; what is left out has its default.
    package init(repositoryClasses: Set<RepositoryClass>? = nil) {
        self.repositoryClasses = repositoryClasses
    }

    /// A kind of content, told by the media type of a manifest's configuration.
    package enum RepositoryClass: String, Sendable, CaseIterable {
        /// An image of Docker's or OCI's kind.
        case image
        /// A plugin of Docker's engine.
        case plugin
    }
}

extension ContentPolicySettings {
    /// Reads the section `policy`.
    init(reading policy: SectionReader) {
        self.init()
        repositoryClasses = policy.section("repository") { repository in
            let classes = repository.values("classes") { scalar throws(InvalidValue) in
                try scalar.word(of: RepositoryClass.self)
            }
            return classes.isEmpty ? nil : Set(classes)
        }
    }
}
