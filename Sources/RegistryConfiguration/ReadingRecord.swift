//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What one reading of the tree leaves behind: the problems, and which keys were asked for.
final class ReadingRecord {
    /// The problems in the order they were found.
    private(set) var problems: [ConfigurationProblem] = []
    /// Every key that has a meaning, in dotted form and in the order of reading.
    private(set) var supportedKeys: [String] = []
    /// Every key that is known but has no meaning yet.
    private(set) var unsupportedKeys: [String] = []

    /// Above 0 while problems are let pass.
    private var silences = 0

    /// Notes keys while `body` reads what is not there, but no problems.
    func silently(_ body: () -> Void) {
        silences += 1
        body()
        silences -= 1
    }

    func add(_ message: String, at path: String, origin: ConfigurationProblem.Origin) {
        guard silences == 0 else { return }
        problems.append(ConfigurationProblem(origin: origin, path: path, message: message))
    }

    func noteSupported(_ path: String) {
        supportedKeys.append(path)
    }

    func noteUnsupported(_ path: String) {
        unsupportedKeys.append(path)
    }
}
