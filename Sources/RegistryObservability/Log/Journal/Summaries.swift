//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry

extension RequestRecord {
    /// The request in a few words, for people who read the journal without tools.
    var summary: String {
        var words = [method.isEmpty ? "-" : method.cut(at: 16), route.rawValue]
        if let repository {
            let object = reference?.description ?? digest?.description
            words.append(repository.description + (object.map { ($0.contains(":") ? "@" : ":") + $0 } ?? ""))
        }
        words.append(status == 0 ? "-" : "\(status)")
        if let error { words.append(error.code.rawValue) }
        words.append("\(duration.microseconds)us")
        if isAborted { words.append("aborted") }
        if let unsentStatus { words.append("unsent=\(unsentStatus)") }
        if isBrokenOff { words.append("broken-off") }
        if let user { words.append("user=\(user.cut(at: 128))") }
        if !remoteAddress.isEmpty { words.append("from=\(remoteAddress)") }
        return words.joined(separator: " ")
    }
}

extension ServerEvent {
    /// The event in a few words.
    var summary: String {
        let pairs = fields.map { field in
            switch field.value {
            case .text(let text): "\(field.key)=\(text.cut(at: EntryEncoder.requestTextLimit))"
            case .number(let number): "\(field.key)=\(number)"
            }
        }
        return ([message.cut(at: EntryEncoder.eventTextLimit)] + pairs).joined(separator: " ")
    }
}
