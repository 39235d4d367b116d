//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel

/// Something that an operator can have a running server do.
package struct ControlCommand: Sendable {
    /// As it stands in the path of a request, and in the log.
    package let name: String
    /// The parameters that it knows; others are refused.
    let parameters: Set<String>
    /// Whether it changes something, so that it is asked for with POST and stands in the audit log.
    let isChange: Bool
    let run: @Sendable (ControlRequest) async throws(ControlFailure) -> ControlAnswer

    /// Something that is only told.
    package static func question(
        _ name: String,
        _ parameters: Set<String> = [],
        run: @escaping @Sendable (ControlRequest) async throws(ControlFailure) -> JSONText
    ) -> ControlCommand {
        ControlCommand(name: name, parameters: parameters, isChange: false) { request async throws(ControlFailure) in
            .json(try await run(request))
        }
    }

    /// Something that is told at length, and sent while it is made.
    package static func document(
        _ name: String,
        _ parameters: Set<String> = [],
        run: @escaping @Sendable (ControlRequest) async throws(ControlFailure) -> PiecewiseDocument
    ) -> ControlCommand {
        ControlCommand(name: name, parameters: parameters, isChange: false) { request async throws(ControlFailure) in
            .document(try await run(request))
        }
    }

    /// Something that is done.
    package static func change(
        _ name: String,
        _ parameters: Set<String> = [],
        run: @escaping @Sendable (ControlRequest) async throws(ControlFailure) -> JSONText
    ) -> ControlCommand {
        ControlCommand(name: name, parameters: parameters, isChange: true) { request async throws(ControlFailure) in
            .json(try await run(request))
        }
    }
}

/// What a command answers.
enum ControlAnswer: Sendable {
    case json(JSONText)
    case document(PiecewiseDocument)
}

/// What somebody asks of a command.
package struct ControlRequest: Sendable {
    package let caller: ControlCaller
    private let values: [String: String]

    init(_ caller: ControlCaller, _ values: [String: String]) {
        self.caller = caller
        self.values = values
    }

    /// The value of a parameter; nil where it is not given.
    package subscript(_ name: String) -> String? { values[name] }

    /// Names and values, for the log.
    var text: String { values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ") }
}

/// A process at the other end of the control socket.
package struct ControlCaller: Sendable, Equatable {
    package let user: UInt32
    package let process: Int32

    /// For the log.
    package var text: String { "uid \(user), pid \(process)" }
}

/// Why a command was not carried out.
package struct ControlFailure: Error, Sendable {
    let kind: Kind
    let message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// As `code` in the answer.
    package enum Kind: String, Sendable {
        case unknownCommand = "unknown_command"
        case wrongMethod = "wrong_method"
        case invalidParameter = "invalid_parameter"
        case notPermitted = "not_permitted"
        /// Not as things stand now.
        case conflict
        /// It was tried.
        case failed

        var status: Int {
            switch self {
            case .unknownCommand: 404
            case .wrongMethod: 405
            case .invalidParameter: 400
            case .notPermitted: 403
            case .conflict: 409
            case .failed: 500
            }
        }
    }
}
