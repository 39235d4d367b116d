//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension HTTPSettings {
    private enum Network {
        case tcp
        case unix
    }

    /// Reads the section `http`.
    init(reading http: SectionReader) {
        let listener = Self.listener(in: http)
        self.init(
            address: listener.address,
            unixSocketPath: listener.unixSocketPath,
            prefix: http.value("prefix", default: "", Self.prefix),
            host: http.value("host", default: nil, ExternalHost.parse),
            secret: http.value("secret", default: nil) { scalar in scalar.text.isEmpty ? nil : Secret(scalar.text) },
            relativeURLs: http.boolean("relativeurls", default: false),
            drainTimeout: http.duration("draintimeout", default: .seconds(30)),
            headers: http.freeEntries("headers").map { HTTPHeaderSetting(reading: $0, in: http) },
            http2Disabled: http.section("http2") { $0.boolean("disabled", default: false) },
            debug: http.section("debug", DebugSettings.reading),
            timeouts: http.section("timeouts", HTTPTimeouts.init(reading:)),
            tls: http.choice("tls", TLSSettings.read),
            h2cEnabled: http.section("h2c") { $0.boolean("enabled", default: false) },
            controlSocket: http.section("control", Self.controlSocket),
        )
    }

    private static func listener(in http: SectionReader) -> (address: ListenAddress, unixSocketPath: String?) {
        let missing = "is required; write addr: \":5000\""
        let nowhere = ListenAddress(host: "", port: 0)
        switch http.value("net", default: .tcp, network) {
        case .tcp:
            return (http.required("addr", default: nowhere, message: missing, ListenAddress.parse), nil)
        case .unix:
            return (nowhere, http.required("addr", default: nil, message: missing, socketPath))
        }
    }

    private static func network(_ scalar: ConfigurationNode.Scalar) throws(InvalidValue) -> Network {
        switch scalar.text {
        case "tcp", "": .tcp
        case "unix": .unix
        default: throw InvalidValue("must be tcp or unix, not \(scalar.text.quoted)")
        }
    }

    private static func socketPath(_ scalar: ConfigurationNode.Scalar) throws(InvalidValue) -> String? {
        try scalar.socketPath()
    }

    /// An empty path is none.
    private static func controlSocket(in control: SectionReader) -> String? {
        let path = control.value("socket", default: defaultControlSocket) { scalar throws(InvalidValue) in
            try scalar.socketPath()
        }
        return path.isEmpty ? nil : path
    }

    private static func prefix(_ scalar: ConfigurationNode.Scalar) throws(InvalidValue) -> String {
        guard !scalar.text.isEmpty, scalar.text != "/" else { return "" }
        try URLPath.check(scalar.text)
        return scalar.text.hasSuffix("/") ? scalar.text : scalar.text + "/"
    }
}
