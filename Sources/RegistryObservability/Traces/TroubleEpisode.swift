//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// One trouble with a destination of traces, from its beginning until all was well for a while.
///
/// Times are told to it, on any one scale.
struct TroubleEpisode: Sendable {
    private var isOn = false
    /// Since when all is well.
    private var calmSince: Duration?

    /// How long all must be well until a trouble is over.
    static let lull = Duration.seconds(60)

    /// Takes in that something went wrong.
    /// - Returns: whether that is new.
    mutating func begin() -> Bool {
        defer {
            isOn = true
            calmSince = nil
        }
        return !isOn
    }

    /// Takes in that something went well.
    mutating func calm(at now: Duration) {
        if isOn, calmSince == nil { calmSince = now }
    }

    /// Ends the trouble if all was well for long enough.
    /// - Returns: whether it ends now.
    mutating func end(at now: Duration) -> Bool {
        guard let calmSince, now - calmSince >= Self.lull else { return false }
        self = TroubleEpisode()
        return true
    }
}
