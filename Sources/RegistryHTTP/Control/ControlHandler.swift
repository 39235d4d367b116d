//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CPlimsoll
import Glibc
import HTTPTypes
import HummingbirdCore
import NIOCore
import RegistryModel
package import RegistryTelemetry

/// What the control socket answers: `plimsoll ctl` at the other end, or curl.
package struct ControlHandler: Sendable {
    private let commands: [String: ControlCommand]
    private let version: String
    private let observer: any Observer

    /// The version of the protocol, as the paths begin.
    package static let protocolVersion: Int64 = 1

    /// - Parameters:
    ///   - version: the server's, for those who ask.
    ///   - observer: told of every change that was asked for, done or not.
    package init(_ commands: [ControlCommand], version: String, observer: any Observer) {
        self.commands = Dictionary(uniqueKeysWithValues: commands.map { ($0.name, $0) })
        self.version = version
        self.observer = observer
    }

    func respond(_ request: Request, _ writer: consuming ReplyWriter, _ connection: ConnectionHandle) async throws {
        let (path, query) = (request.head.targetPath, request.head.query)
        let reply: Reply
        var document: PiecewiseDocument?
        do throws(ControlFailure) {
            let caller = try await Self.caller(connection)
            switch try await answer(path, request.head.method, query, caller) {
            case .json(let text): reply = Reply(200, json: text)
            case .document(let made):
                reply = Reply(200)
                document = made
            }
        } catch {
            let facts = JSONText.object([
                ("code", .string(error.kind.rawValue)), ("message", .string(error.message)),
            ])
            reply = Reply(error.kind.status, json: .object([("error", facts)]))
        }
        if let document { return try await SideHandler.send(document, request, writer, connection) }
        try await SideHandler.send(reply, request, writer)
    }

    private func answer(
        _ path: Substring,
        _ method: HTTPRequest.Method,
        _ query: Query,
        _ caller: ControlCaller
    ) async throws(ControlFailure) -> ControlAnswer {
        guard path != "/" else { return .json(introduction) }
        let prefix = "/v\(Self.protocolVersion)/"
        guard path.hasPrefix(prefix), let command = commands[String(path.dropFirst(prefix.count))] else {
            throw ControlFailure(.unknownCommand, "there is no \(path); GET / lists what there is")
        }
        guard method == (command.isChange ? .post : .get) else {
            throw ControlFailure(.wrongMethod, "\(path) wants \(command.isChange ? "POST" : "GET")")
        }
        let request = ControlRequest(caller, try Self.values(query, of: command))
        guard command.isChange else { return try await command.run(request) }
        do throws(ControlFailure) {
            let answer = try await command.run(request)
            note(command, request, nil)
            return answer
        } catch {
            note(command, request, error)
            throw error
        }
    }

    private static func values(_ query: Query, of command: ControlCommand) throws(ControlFailure) -> [String: String] {
        let unknown = query.names.filter { !command.parameters.contains($0) }
        guard unknown.isEmpty else {
            throw ControlFailure(
                .invalidParameter,
                "\(command.name) has no parameter \(unknown.joined(separator: ", "))"
            )
        }
        return command.parameters.reduce(into: [:]) { values, name in values[name] = query[name] }
    }

    private var introduction: JSONText {
        .object([
            ("protocol", .number(Self.protocolVersion)), ("version", .string(version)),
            ("commands", .array(commands.keys.sorted().map { .string($0) })),
        ])
    }

    /// The permissions of the file keep others away already; this holds whoever changes them.
    private static func caller(_ connection: ConnectionHandle) async throws(ControlFailure) -> ControlCaller {
        guard let socket = await connection.duplicateSocket() else {
            throw ControlFailure(.failed, "the connection is gone")
        }
        defer { close(socket) }
        var (user, process) = (UInt32.max, Int32(0))
        guard plimsoll_peer_credentials(socket, &user, &process) == 0 else {
            throw ControlFailure(.notPermitted, "the server cannot tell who asks")
        }
        guard user == 0 || user == geteuid() else {
            throw ControlFailure(.notPermitted, "only root and the server's own user (\(geteuid())) may")
        }
        return ControlCaller(user: user, process: process)
    }

    private func note(_ command: ControlCommand, _ request: ControlRequest, _ failure: ControlFailure?) {
        var fields: [ServerEvent.Field] = [
            .init(.command, .text(command.name)), .init(.parameters, .text(request.text)),
            .init(.callerUID, .number(Int64(request.caller.user))),
            .init(.callerPID, .number(Int64(request.caller.process))),
        ]
        if let failure { fields.append(.init(.cause, .text(failure.message))) }
        observer.note(ServerEvent(failure == nil ? .controlCommand : .controlCommandFailed, fields))
    }
}
