//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The parameters of the driver that keeps content in files.
package struct FilesystemSettings: Sendable, Equatable {
    /// The directory that holds the tree.
    ///
    /// A relative path counts from the working directory.
    package var rootDirectory: String
    /// How many calls to the file system may run at a time; at least 25.
    package var maxThreads: Int

    /// Creates settings; what is left out has its default, and fewer than 25 threads become 25.
    package init(rootDirectory: String = "/var/lib/registry", maxThreads: Int = 100) {
        self.rootDirectory = rootDirectory
        self.maxThreads = max(maxThreads, 25)
    }
}

extension FilesystemSettings {
    /// Reads the section `storage.filesystem`.
    init(reading filesystem: SectionReader) {
        let defaults = FilesystemSettings()
        self.init(
            rootDirectory: filesystem.value("rootdirectory", default: defaults.rootDirectory) {
                scalar throws(InvalidValue) in
                guard !scalar.text.isEmpty else { throw InvalidValue("must not be empty") }
                guard !scalar.text.utf8.contains(0) else { throw InvalidValue("must not contain a NUL character") }
                return scalar.text
            },
            maxThreads: filesystem.integer("maxthreads", default: defaults.maxThreads),
        )
    }
}
