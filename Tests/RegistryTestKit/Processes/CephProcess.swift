//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// An S3 server for tests, which checks signatures: Ceph's `radosgw`, over a cluster of one monitor and one store in memory.
///
/// All of it listens on the loopback address; the ports of the store's own are those that it finds free.
package enum CephProcess {
    /// Serves while the body runs.
    package static func with<Output>(_ body: (S3TestServer) async throws -> Output) async throws -> Output {
        let cluster = try Cluster()
        let result: Result<Output, any Error>
        do {
            try await cluster.start()
            let store = S3TestServer(port: cluster.gateway.number)
            try await store.ready()
            result = .success(try await body(store))
        } catch {
            result = .failure(error)
        }
        await cluster.end()
        return try result.get()
    }

    private final class Cluster {
        let gateway: ReservedPort
        private let monitor: ReservedPort
        private let folder: TemporaryFolder
        private let id = UUID().uuidString.lowercased()
        private var daemons: [ChildProcess] = []

        init() throws {
            gateway = try ReservedPort()
            monitor = try ReservedPort()
            folder = try TemporaryFolder()
            try folder.write(Array(configuration.utf8), to: "ceph.conf")
            for name in ["mon", "osd", "rgw"] {
                try FileManager.default.createDirectory(
                    atPath: folder.path + "/" + name,
                    withIntermediateDirectories: true
                )
            }
        }

        private var monitorAddress: String { "[v2:127.0.0.1:\(monitor.number)/0]" }

        /// Without keys of the cluster's own, and with one group of objects a pool, which makes it start in two seconds.
        ///
        /// Messages to the monitor are told to be in the clear, since the gateway would have them encrypted, which takes keys.
        private var configuration: String {
            """
            [global]
            fsid = \(id)
            mon host = \(monitorAddress)
            mon initial members = a
            public addr = 127.0.0.1
            cluster addr = 127.0.0.1
            ms bind msgr1 = false
            ms mon client mode = crc secure
            auth cluster required = none
            auth service required = none
            auth client required = none
            run dir = \(folder.path)
            crash dir = \(folder.path)
            log file = \(folder.path)/$name.log
            admin socket =
            pid file =
            mon data = \(folder.path)/mon
            mon data avail warn = 1
            mon data avail crit = 1
            mon allow pool size one = true
            paxos propose interval = 0.05
            paxos min wait = 0.01
            osd data = \(folder.path)/osd
            osd objectstore = memstore
            memstore device bytes = 4294967296
            osd crush chooseleaf type = 0
            osd pool default size = 1
            osd pool default min size = 1
            osd pool default pg num = 1
            osd pool default pgp num = 1
            osd pool default pg autoscale mode = off
            client mount timeout = 60
            rados mon op timeout = 60
            rgw init timeout = 60
            [client.rgw]
            rgw frontends = beast endpoint=127.0.0.1:\(gateway.number)
            rgw data = \(folder.path)/rgw
            rgw thread pool size = 64

            """
        }

        func start() async throws {
            let map = folder.path + "/monmap"
            try await Tool.output("monmaptool", ["--create", "--fsid", id, "--addv", "a", monitorAddress, map])
            try await run("ceph-mon", ["-i", "a", "--mkfs", "--monmap", map])
            try launch("ceph-mon", "-i", "a")
            let store = UUID().uuidString.lowercased()
            try await run("ceph", ["--connect-timeout", "60", "osd", "new", store])
            try await run("ceph-osd", ["-i", "0", "--mkfs", "--osd-uuid", store])
            try launch("ceph-osd", "-i", "0")
            let user = ["user", "create", "--uid", "test", "--display-name", "test"]
            let keys = ["--access-key", S3TestServer.accessKey, "--secret-key", S3TestServer.secretKey]
            try await run("radosgw-admin", user + keys)
            try launch("radosgw", "-n", "client.rgw")
        }

        private func run(_ program: String, _ arguments: [String]) async throws {
            try await Tool.output(program, ["-c", folder.path + "/ceph.conf"] + arguments)
        }

        private func launch(_ program: String, _ arguments: String...) throws {
            daemons.append(try ChildProcess(program, ["-c", folder.path + "/ceph.conf", "-f"] + arguments))
        }

        func end() async {
            for daemon in daemons.reversed() {
                daemon.send(SIGKILL)
                _ = await daemon.exit()
            }
        }
    }
}
