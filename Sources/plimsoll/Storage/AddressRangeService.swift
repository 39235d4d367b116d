//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryObjectStorage
import RegistryTelemetry
import ServiceLifecycle

/// Asks from time to time for a list of addresses.
struct AddressRangeService: Service {
    let list: AddressRangeList
    let url: String
    let interval: Duration
    let http: BackendHTTP
    let observer: any Observer

    func run() async throws {
        await cancelWhenGracefulShutdown {
            repeat {
                do throws(ObjectStoreError) {
                    try await list.update(http)
                } catch {
                    guard error.code != .cancelled else { break }
                    observer.note(
                        ServerEvent(
                            .addressRangesFailed,
                            [.init(.address, .text(url)), .init(.cause, .text(error.description))]
                        )
                    )
                }
            } while (try? await Task.sleep(for: interval, clock: .continuous)) != nil
        }
        await http.shutDown()
    }
}
