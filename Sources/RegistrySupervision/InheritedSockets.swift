//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

/// The listening sockets that the service manager opened for the server: sd_listen_fds(3).
package struct InheritedSockets: Sendable, Equatable {
    /// For clients; empty if there is none.
    package private(set) var registry: [Int32] = []
    /// For the side port; empty if there is none.
    package private(set) var metrics: [Int32] = []

    /// The first descriptor that is handed over: SD_LISTEN_FDS_START.
    private static let firstDescriptor: Int32 = 3
    private static let mostDescriptors: Int32 = 64

    /// Finds out which descriptors were handed over, and as what.
    ///
    /// - Parameters:
    ///   - environment: `LISTEN_FDS`, `LISTEN_PID` and `LISTEN_FDNAMES`. Without names the first socket is for clients
    ///     and the second for the side port.
    ///   - process: the number of this process; sockets meant for another one are not ours.
    /// - Throws: ``InheritedSocketsFailure`` if they are of no use: better no start than one without them.
    package init(environment: [String: String], process: Int32) throws(InheritedSocketsFailure) {
        guard let count = environment["LISTEN_FDS"], environment["LISTEN_PID"].flatMap({ Int32($0) }) == process else {
            return
        }
        guard let count = Int32(count), count >= 0, count <= Self.mostDescriptors else {
            throw InheritedSocketsFailure("LISTEN_FDS=\(count) is no number of sockets")
        }
        let descriptors = Self.firstDescriptor..<(Self.firstDescriptor + count)
        let names = try Self.names(environment["LISTEN_FDNAMES"], count: descriptors.count)
        for (descriptor, name) in zip(descriptors, names) {
            try Self.check(descriptor, name)
            switch name {
            case "registry": registry.append(descriptor)
            case "metrics": metrics.append(descriptor)
            default:
                throw InheritedSocketsFailure(
                    "a socket is named \(name); FileDescriptorName= must be registry or metrics"
                )
            }
        }
    }

    /// The name of each descriptor.
    private static func names(_ text: String?, count: Int) throws(InheritedSocketsFailure) -> [String] {
        guard let text, !text.isEmpty else {
            guard count <= 2 else { throw InheritedSocketsFailure("\(count) sockets without LISTEN_FDNAMES") }
            return Array(["registry", "metrics"].prefix(count))
        }
        let names = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard names.count == count else {
            throw InheritedSocketsFailure("LISTEN_FDNAMES=\(text) does not name \(count) sockets")
        }
        return names
    }

    /// Makes sure that connections can be accepted there, and that no child process gets it.
    private static func check(_ descriptor: Int32, _ name: String) throws(InheritedSocketsFailure) {
        guard option(SO_ACCEPTCONN, of: descriptor) == 1,
            option(SO_TYPE, of: descriptor) == CInt(SOCK_STREAM.rawValue)
        else {
            throw InheritedSocketsFailure("descriptor \(descriptor) (\(name)) is no listening stream socket")
        }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    private static func option(_ name: CInt, of descriptor: Int32) -> CInt? {
        var value: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        return getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : nil
    }
}

/// Sockets were handed over that the server cannot use.
package struct InheritedSocketsFailure: Error, CustomStringConvertible {
    package let description: String

    init(_ problem: String) { description = "socket activation: \(problem)" }
}
