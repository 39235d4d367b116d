//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryAuth

@Suite("Looking after files of users, keys and rules")
struct AuthFileServiceTests {
    @Test("A file that is no good shows for as long as it is so, and is told of once")
    func rejected() throws {
        let folder = try TemporaryFolder()
        try folder.write(Array("1".utf8), to: "number")
        let file = try AuthFile(path: folder.path + "/number") { text throws(AuthFileError) in
            guard let number = Int(text) else { throw AuthFileError("no number") }
            return .init(number, count: 1)
        }
        let (observer, rejected) = (RecordingObserver(), Gauge())
        let service = AuthFileService([file], observer: observer, rejected: rejected)
        for text in ["one", nil, "four"] {
            if let text {
                try folder.write(Array(text.utf8), to: "number")
            } else {
                try FileManager.default.removeItem(atPath: file.path)
            }
            for _ in 0..<2 {
                service.refresh()
                #expect(rejected.value == 1 && file.content == 1, "\(text ?? "gone")")
            }
        }
        #expect(observer.events.map(\.name) == [.authFileRejected, .authFileRejected, .authFileRejected])
        try folder.write(Array("23".utf8), to: "number")
        service.refresh()
        #expect(rejected.value == 0 && file.content == 23)
    }
}
