//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryAuth
import RegistryConfiguration
import RegistryTelemetry

/// From the configuration's `auth` to what decides who may do what, with the files that it has to be looked after.
struct AccessControl {
    /// Nil where everybody may do everything.
    let controller: AccessController?
    let files: [any AnyAuthFile]

    /// Reads the files, which blocks.
    init(_ settings: AuthSettings, _ instruments: AuthInstruments) throws(StartFailure) {
        var files: [any AnyAuthFile] = []
        do throws(AuthFileError) {
            let policy = try Self.source(settings.policy)
            if case .file(let file) = policy { files.append(file) }
            let scheme = try Self.scheme(settings.scheme, instruments, &files)
            let isOpen = settings.scheme == .none && policy == nil
            self.controller = isOpen ? nil : AccessController(scheme, policy: policy, instruments: instruments)
            self.files = files
        } catch {
            throw StartFailure(message: "configuration error: \(error)")
        }
    }

    private static func scheme(
        _ settings: AuthSettings.Scheme,
        _ instruments: AuthInstruments,
        _ files: inout [any AnyAuthFile]
    ) throws(AuthFileError) -> AccessController.Scheme {
        switch settings {
        case .none: return .none
        case .silly(let silly): return .silly(realm: silly.realm, service: silly.service)
        case .htpasswd(let htpasswd):
            let authenticator: PasswordAuthenticator
            do throws(AuthFileError) {
                authenticator = try PasswordAuthenticator(
                    realm: htpasswd.realm,
                    path: htpasswd.path,
                    // The other half of the processors is for those who are in already.
                    threads: max(1, System.coreCount / 2),
                    instruments: instruments
                )
            } catch {
                throw AuthFileError(
                    "auth.htpasswd.path: \(htpasswd.path): \(error); make it with plimsoll htpasswd \(htpasswd.path) NAME"
                )
            }
            files.append(authenticator.file)
            return .htpasswd(authenticator)
        case .token(let token):
            let authenticator = try TokenAuthenticator(
                TokenVerifier.Settings(token),
                bundlePath: token.rootCertificateBundle,
                keysPath: token.keySet,
                instruments: instruments
            )
            if let bundle = authenticator.bundle { files.append(bundle) }
            if let keys = authenticator.keys { files.append(keys) }
            return .token(authenticator)
        }
    }

    /// The rules as they are now; nil if there are none.
    static func policy(_ settings: AuthSettings) throws(StartFailure) -> Policy? {
        do throws(AuthFileError) {
            return try source(settings.policy)?.content
        } catch {
            throw StartFailure(message: "configuration error: \(error)")
        }
    }

    private static func source(_ settings: AuthSettings.PolicySource?) throws(AuthFileError)
        -> AuthFile<Policy>.Source?
    {
        switch settings {
        case nil: nil
        case .inline(let rules): .fixed(Policy(rules, file: "configuration"))
        case .file(let path): .file(try policyFile(path))
        }
    }

    private static func policyFile(_ path: String) throws(AuthFileError) -> AuthFile<Policy> {
        do throws(AuthFileError) {
            return try AuthFile(path: path) { text throws(AuthFileError) in
                do throws(ConfigurationFailure) {
                    let policy = Policy(try PolicySettings.load(yaml: text, file: path), file: path)
                    return .init(policy, count: policy.count)
                } catch {
                    throw AuthFileError(error.description)
                }
            }
        } catch {
            throw AuthFileError("auth.policy.file: \(path): \(error)")
        }
    }
}

extension TokenVerifier.Settings {
    init(_ token: TokenSettings) {
        self.init(
            realm: token.realm,
            service: token.service,
            issuer: token.issuer,
            algorithms: Set(token.signingAlgorithms.compactMap { SigningAlgorithm(rawValue: $0) }),
            redirectPath: token.redirectPath,
            leeway: token.leeway
        )
    }
}

extension Policy {
    /// - Parameter file: where the rules stand, for people.
    init(_ settings: PolicySettings, file: String) {
        self.init(
            groups: settings.groups,
            rules: settings.rules.map { rule in
                PolicyRule(
                    place: rule.origin.place(in: file),
                    allows: rule.effect == .allow,
                    repositories: rule.repositories,
                    users: rule.users,
                    groups: Set(rule.groups),
                    isForEveryone: rule.everyone,
                    actions: rule.actions.reduce(into: []) { $0.insert(RepositoryActions($1)) }
                )
            },
            readOnlyUsers: Set(settings.readOnlyUsers),
            immutableTags: settings.immutableTags.map { rule in
                ImmutableTagRule(place: rule.origin.place(in: file), repositories: rule.repositories, tags: rule.tags)
            }
        )
    }
}

extension RepositoryActions {
    init(_ action: PolicySettings.Action) {
        self =
            switch action {
            case .pull: .pull
            case .push: .push
            case .delete: .delete
            }
    }
}

extension ConfigurationProblem.Origin {
    /// For people.
    func place(in file: String) -> String {
        switch self {
        case .file(let line): "\(file):\(line)"
        case .environment(let variable): variable
        case .whole: file
        }
    }
}
