//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import NIOCore
import RegistryHTTP
import RegistryModel
import RegistryStorage
import RegistryTelemetry
import RegistryTestKit
import Testing

/// A registry on files with short time limits, for clients that mean it harm; afterwards it must be as it was.
struct HostileRegistry: Sendable {
    let registry: TestRegistry
    let folder: TemporaryFolder

    var port: Int { registry.port }
    var client: WireClient { WireClient(port: registry.port) }
    var records: [RequestRecord] { registry.observer.records }

    /// Time limits that stay out of a test's way, but for those that it waits for.
    static func patient(_ change: (inout ConnectionTimeouts) -> Void = { _ in }) -> ConnectionTimeouts {
        var timeouts = ConnectionTimeouts(
            header: .seconds(60),
            idle: .seconds(60),
            body: .seconds(60),
            write: .seconds(60),
            linger: .milliseconds(500)
        )
        change(&timeouts)
        return timeouts
    }

    /// Runs the body against a registry, then checks that nothing was left behind.
    /// - Parameter requests: how many records there must be when the body is over; nil for any number.
    static func with(
        _ timeouts: ConnectionTimeouts = patient(),
        requests: Int? = nil,
        configure: (inout TestRegistry.Setup) -> Void = { _ in },
        _ body: @escaping @Sendable (HostileRegistry) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        let driver = try FilesystemDriver(root: folder.path, pool: IOPool(size: 4))
        try await TestRegistry.with(driver: driver) { setup in
            setup.options.timeouts = timeouts
            setup.drainTimeout = .milliseconds(200)
            configure(&setup)
        } _: { registry in
            let hostile = HostileRegistry(registry: registry, folder: folder)
            try await body(hostile)
            try await hostile.isAsBefore(requests: requests)
        }
    }

    /// Nothing in flight, nothing open, nothing half written, and the next client is served.
    func isAsBefore(requests: Int?) async throws {
        try await isIdle()
        if let requests {
            try await eventually("\(requests) records, there are \(records.map(\.status))") {
                records.count >= requests
            }
            #expect(records.count == requests, "\(records.map { "\($0.method) \($0.status)" })")
        }
        // A connection may be idle for too long before a busy machine gets to send on it.
        try await eventually("the next client is served") { (try? await client.send("GET", "/v2/"))?.status == 200 }
        try await isIdle()
        #expect(Set(records.map(\.requestID.description)).count == records.count)
        #expect(!records.contains { StatusLabel($0.status) == .other }, "\(records.map(\.status))")
    }

    /// Waits until all gauges are back at 0 and no file is open.
    func isIdle() async throws {
        let instruments = registry.instruments
        try await eventually("no request in flight") {
            RouteName.allCases.allSatisfy { instruments.inFlight[$0].value == 0 }
        }
        try await eventually("no upload in progress") { instruments.uploadsInProgress.value == 0 }
        try await eventually("no file open") { try OpenFiles.under(folder.path).isEmpty }
        try await eventually("no temporary file") {
            try FileManager.default.contentsOfDirectory(atPath: folder.path + "/.plimsoll/tmp").isEmpty
        }
    }

    /// Sends bytes on a connection of their own and reads the answer.
    func answer(to bytes: String, isHead: Bool = false) async throws -> WireResponse {
        try await WireConnection.with(port: port) { connection in
            try await connection.send(bytes)
            return try await connection.response(isHead: isHead)
        }
    }

    /// Sends bytes on a connection of their own, and reads all until the server ends it.
    func everything(to bytes: String) async throws -> String {
        try await WireConnection.with(port: port) { connection in
            try await connection.send(bytes)
            return String(decoding: await connection.readToEnd(), as: UTF8.self)
        }
    }

    /// Begins an upload.
    /// - Returns: the path and query of its address.
    func begin(in name: String = "a/b") async throws -> String {
        let begun = try await client.send("POST", "/v2/\(name)/blobs/uploads/", body: [])
        return WireClient.path(of: try #require(begun["location"]))
    }

    /// Bytes an upload has, as the server tells it.
    func offset(of upload: String) async throws -> Int {
        let status = try await client.send("GET", String(upload.prefix { $0 != "?" }))
        #expect(status.status == 204)
        let last = try #require(status["range"].flatMap { Int($0.dropFirst(2)) })
        return last == 0 ? 0 : last + 1
    }
}

/// The head of a request of HTTP/1.1.
func head(_ method: String, _ target: String, _ headers: String...) -> String {
    (["\(method) \(target) HTTP/1.1", "Host: localhost"] + headers).joined(separator: "\r\n") + "\r\n\r\n"
}

/// Bytes that are not all the same.
func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) } }
