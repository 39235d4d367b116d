//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration

/// What the configuration can say and the server does not do yet.
///
/// It is refused, so that nobody relies on it. Whoever makes the server do one of these takes its line away.
enum UnservedSettings {
    /// - Throws: A failure with every such key.
    static func check(
        _ configuration: RegistryConfiguration,
        _ effective: EffectiveConfiguration
    ) throws(ConfigurationFailure) {
        let http = configuration.http
        let unserved: [(key: String, isAskedFor: Bool)] = [
            ("http.tls.letsencrypt", http.tls?.usesACME == true)
        ]
        let problems = unserved.filter(\.isAskedFor).map { setting in
            ConfigurationProblem(
                origin: effective.origin(of: setting.key) ?? .whole,
                path: setting.key,
                message: "not supported yet: it is understood, but the server does not act on it"
            )
        }
        guard problems.isEmpty else { throw ConfigurationFailure(file: effective.file, problems: problems) }
    }
}
