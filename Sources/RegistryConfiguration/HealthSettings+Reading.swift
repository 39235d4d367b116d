//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension HealthSettings {
    /// Reads the section `health`.
    init(reading health: SectionReader) {
        self.init(
            storageDriver: health.section("storagedriver", StorageHealth.init(reading:)),
            files: health.sections("file", FileCheck.init(reading:)),
            http: health.sections("http", HTTPCheck.init(reading:)),
            tcp: health.sections("tcp", TCPCheck.init(reading:))
        )
    }
}

extension HealthSettings.FileCheck {
    fileprivate init(reading check: SectionReader) {
        self.init(path: check.requiredText("file"))
        interval = check.durationOrDefault("interval", interval)
    }
}

extension HealthSettings.HTTPCheck {
    fileprivate init(reading check: SectionReader) {
        self.init(url: check.requiredText("uri") { scalar throws(InvalidValue) in try scalar.webAddress() })
        headers = check.freeEntries("headers").flatMap { entry in
            let header = HTTPHeaderSetting(reading: entry, in: check)
            return header.values.map { HealthSettings.Header(name: header.name, value: Secret($0)) }
        }
        let standard = status
        status = check.value("statuscode", default: standard) { scalar throws(InvalidValue) in
            let status = try scalar.integer(atLeast: 0)
            guard status != 0 else { return standard }
            guard (100...599).contains(status) else { throw InvalidValue("must be a status from 100 to 599") }
            return status
        }
        timeout = check.durationOrDefault("timeout", timeout)
        interval = check.durationOrDefault("interval", interval)
        threshold = check.integer("threshold", default: threshold)
    }
}

extension HealthSettings.TCPCheck {
    fileprivate init(reading check: SectionReader) {
        let nowhere = ListenAddress(host: "", port: 0)
        let address = check.required("addr", default: nowhere, message: "is required") {
            scalar throws(InvalidValue) in
            let address = try ListenAddress.parse(scalar)
            guard !address.host.isEmpty, address.port > 0 else {
                throw InvalidValue("must name a host and a port, as in 127.0.0.1:6379")
            }
            return address
        }
        self.init(address: address)
        timeout = check.durationOrDefault("timeout", timeout)
        interval = check.durationOrDefault("interval", interval)
        threshold = check.integer("threshold", default: threshold)
    }
}
