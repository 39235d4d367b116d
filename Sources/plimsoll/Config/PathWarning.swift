//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import RegistryConfiguration
import RegistryLedger

/// A path in the configuration that leads to nothing good on this machine.
struct PathWarning {
    let place: String
    let key: String
    let message: String

    /// Looks at every path that was given; those of defaults are the server's own matter.
    static func all(_ effective: EffectiveConfiguration) -> [PathWarning] {
        withoutEffect(effective)
            + effective.paths.compactMap { named in
                let place: String
                switch named.origin {
                case .file(let line): place = "\(effective.file):\(line)"
                case .environment(let variable): place = variable
                case .whole: return nil
                }
                guard let message = message(for: named) else { return nil }
                return PathWarning(place: place, key: named.key, message: "\(named.path): \(message)")
            }
    }

    /// Keys of distribution that are taken, and have nothing to act on here.
    private static func withoutEffect(_ effective: EffectiveConfiguration) -> [PathWarning] {
        let key = "storage.tag.concurrencylimit"
        let place: String
        switch effective.origin(of: key) {
        case .file(let line): place = "\(effective.file):\(line)"
        case .environment(let variable): place = variable
        case .whole, nil: return []
        }
        let message = "has no effect: calls to the storage are bounded by maxthreads of the driver, those for tags too"
        return [PathWarning(place: place, key: key, message: message)]
    }

    /// Endpoints without a ledger, in which their events would be kept.
    static func volatileEvents(_ configuration: RegistryConfiguration, _ effective: EffectiveConfiguration)
        -> PathWarning?
    {
        guard !configuration.notifications.endpoints.isEmpty, SQLiteLedger.Settings(configuration) == nil else {
            return nil
        }
        return PathWarning(
            place: effective.file,
            key: "notifications.endpoints",
            message: "there is no ledger, so that events wait in memory, and do not survive a restart"
        )
    }

    /// A destination of traces where nothing is traced, and nobody has said so.
    static func idleTraces(_ effective: EffectiveConfiguration) -> PathWarning? {
        guard effective.origin(of: "tracing.enabled") == nil else { return nil }
        for key in ["tracing.endpoint", "tracing.file"] {
            let place: String
            switch effective.origin(of: key) {
            case .file(let line): place = "\(effective.file):\(line)"
            // A variable of OpenTelemetry switches tracing on itself.
            case .environment(let variable) where variable.hasPrefix("REGISTRY_"): place = variable
            case .environment, .whole, nil: continue
            }
            let message = "has no effect, since nothing is traced without tracing.enabled: true"
            return PathWarning(place: place, key: key, message: message)
        }
        return nil
    }

    /// Prints the warning to standard error.
    func report() {
        StandardError.write("\(place): \(key): warning: \(message)\n")
    }

    private static func message(for named: EffectiveConfiguration.NamedPath) -> String? {
        switch named.use {
        case .read: failure(named.path, R_OK)
        case .readSecret: failure(named.path, R_OK) ?? exposure(named.path)
        case .made: failure(folder(of: named.path), W_OK | X_OK).map { "its folder: \($0)" }
        case .folder: failureToMake(named.path)
        case .watched:
            named.key.hasPrefix("health.file.") && access(named.path, F_OK) == 0
                ? "is there, so that the registry counts as unhealthy" : nil
        }
    }

    private static func failure(_ path: String, _ mode: CInt) -> String? {
        access(path, mode) == 0 ? nil : String(cString: strerror(errno))
    }

    private static func exposure(_ path: String) -> String? {
        var facts = stat()
        guard stat(path, &facts) == 0, facts.st_mode & 0o007 != 0 else { return nil }
        return "everybody on this machine can use it; chmod o= takes that away"
    }

    /// What stands in the way of a folder that is made at start with all above it.
    private static func failureToMake(_ path: String) -> String? {
        var path = path
        while access(path, F_OK) != 0, errno == ENOENT, path != folder(of: path) { path = folder(of: path) }
        return failure(path, W_OK | X_OK).map { "\(path): \($0)" }
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
