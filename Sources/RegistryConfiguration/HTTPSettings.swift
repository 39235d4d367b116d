//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The listeners, and how clients see the registry.
package struct HTTPSettings: Sendable, Equatable {
    /// Where clients are listened to over TCP; no address at all, and to be ignored, when `unixSocketPath` is set.
    package var address: ListenAddress
    /// The path of the socket where clients are listened to instead; at most 107 bytes.
    package var unixSocketPath: String?
    /// What all paths begin with: empty, or text that begins and ends with `/`.
    package var prefix: String
    /// How clients reach the registry from outside, when the request's own `Host` is not to be trusted for it.
    package var host: ExternalHost?
    /// What upload states are signed with.
    ///
    /// Replicas behind one address need the same.
    package var secret: Secret?
    /// Whether `Location` headers leave out scheme and host.
    package var relativeURLs: Bool
    /// How long requests may take to end after SIGTERM; 0 ends them at once.
    package var drainTimeout: Duration
    /// Headers that every answer carries, in the order of the file.
    package var headers: [HTTPHeaderSetting]
    /// Whether HTTP/2 is not offered.
    package var http2Disabled: Bool
    /// The side port, if there is one.
    package var debug: DebugSettings?
    /// How long clients may take.
    package var timeouts: HTTPTimeouts
    /// Encryption; nil for none.
    package var tls: TLSSettings?
    /// Whether HTTP/2 is taken on plain connections.
    package var h2cEnabled: Bool
    /// The path of the socket for `plimsoll ctl`, at most 107 bytes; nil for none.
    package var controlSocket: String?

    /// Where the control socket is by default.
    package static let defaultControlSocket = "/run/plimsoll/control.sock"

    /// Creates settings; what is left out has its default.
    package init(
        address: ListenAddress,
        unixSocketPath: String? = nil,
        prefix: String = "",
        host: ExternalHost? = nil,
        secret: Secret? = nil,
        relativeURLs: Bool = false,
        drainTimeout: Duration = .seconds(30),
        headers: [HTTPHeaderSetting] = [],
        http2Disabled: Bool = false,
        debug: DebugSettings? = nil,
        timeouts: HTTPTimeouts = HTTPTimeouts(),
        tls: TLSSettings? = nil,
        h2cEnabled: Bool = false,
        controlSocket: String? = defaultControlSocket,
    ) {
        self.address = address
        self.unixSocketPath = unixSocketPath
        self.prefix = prefix
        self.host = host
        self.secret = secret
        self.relativeURLs = relativeURLs
        self.drainTimeout = drainTimeout
        self.headers = headers
        self.http2Disabled = http2Disabled
        self.debug = debug
        self.timeouts = timeouts
        self.tls = tls
        self.h2cEnabled = h2cEnabled
        self.controlSocket = controlSocket
    }
}
