//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryStorage
import RegistryTelemetry

/// Google Cloud Storage, by its JSON API, and by its XML API where an object's content is read.
///
/// An object in parts is made of objects, which are put side by side under keys of their own and then composed; that
/// takes no byte twice. See ``GCSPartKeys``.
///
/// Source: Cloud Storage documentation, "JSON API reference" and "XML API reference".
package struct GCSObjectStore: HTTPObjectStore {
    package let name = "gcs"
    package let bounds: ObjectStoreBounds

    let settings: Settings
    let http: BackendHTTP
    let governor: RequestGovernor
    /// Nil where the server asks for no credentials: an emulator.
    let identity: (any GCSIdentity)?
    let tokens: RenewedSecret<String>?
    let partKeys: GCSPartKeys
    let clock: StoreClock

    package struct Settings: Sendable, Equatable {
        package var bucket: String
        /// `https`.
        package var scheme = "https"
        /// With a port if it is not the scheme's.
        package var authority = "storage.googleapis.com"
        /// The folder in the bucket.
        package var root = ""
        /// What is longer is put in a session that can be resumed, in bytes.
        package var resumableBytes: Int64 = 16 << 20

        package init(bucket: String) { self.bucket = bucket }

        var base: String { "\(scheme)://\(authority)" }
    }

    package init(
        _ settings: Settings,
        _ http: BackendHTTP,
        _ identity: (any GCSIdentity)?,
        governor: RequestGovernor
    ) {
        self.settings = settings
        self.http = http
        self.governor = governor
        self.identity = identity
        let clock = StoreClock()
        self.clock = clock
        self.tokens = identity.map { identity in
            RenewedSecret { _ throws(ObjectStoreError) in try await identity.token(clock) }
        }
        self.partKeys = GCSPartKeys(root: settings.root)
        self.bounds = Self.bounds
    }

    private static var bounds: ObjectStoreBounds {
        var bounds = ObjectStoreBounds()
        bounds.putBytes = 5 << 40
        bounds.copyBytes = 5 << 40
        // There is no least; a key may be written once a second, so what is less is better added to by a key of its own.
        bounds.partBytes = 256 << 10
        bounds.deleteKeys = 1
        return bounds
    }

    package func shutDown() async { await http.shutDown() }

    // MARK: Requests

    /// A request before it has a token.
    struct Call: Sendable {
        var method: String
        /// Encoded.
        var path: String
        var query: [(name: String, value: String)] = []
        var headers: [(name: String, value: String)] = []
        var body = ObjectBytes()

        init(_ method: String, _ path: String) {
            self.method = method
            self.path = path
        }

        mutating func setJSON(_ document: JSONText) {
            headers.append(("content-type", "application/json"))
            body = ObjectBytes([ByteBuffer(string: document.text)])
        }
    }

    /// Of an object, or of all of them, in the JSON API.
    func path(_ key: String? = nil) -> String {
        let objects = "/storage/v1/b/\(PercentCoding.encode(settings.bucket))/o"
        return key.map { objects + "/" + PercentCoding.encode($0) } ?? objects
    }

    /// Of an object in the XML API, and in signed addresses.
    func plainPath(_ key: String) -> String {
        "/" + PercentCoding.encode(settings.bucket) + "/" + PercentCoding.encode(key, keepsSlashes: true)
    }

    func attempt(
        _ call: Call,
        _ send: (BackendMessage) async throws(ObjectStoreError) -> BackendAnswer
    ) async throws(ObjectStoreError) -> BackendAnswer {
        let token = try await tokens?.secret(at: clock.now)
        let query = call.query.map { "\($0.name)=\(PercentCoding.encode($0.value))" }.joined(separator: "&")
        let url = settings.base + call.path + (query.isEmpty ? "" : "?\(query)")
        var headers = call.headers
        if let token { headers.append(("authorization", "Bearer \(token)")) }
        let answer = try await send(BackendMessage(call.method, url, headers: headers, body: call.body))
        guard let error = GCSFailure.error(answer) else { return answer }
        if error.trouble == .credentials {
            guard let token else { throw ObjectStoreError(.denied, status: error.status, error.cause) }
            await tokens?.expire(token)
        }
        throw error
    }

    /// An answer in JSON.
    func document(_ answer: BackendAnswer) throws(ObjectStoreError) -> StrictJSON {
        guard let document = try? StrictJSON(Array(answer.body.readableBytesView)), document.isObject else {
            throw ObjectStoreError(.failed, status: answer.status, "an answer that is not JSON")
        }
        return document
    }

    // MARK: Addresses

    package func signedURL(_ key: String, _ method: SignedMethod, validFor time: Duration)
        async throws(ObjectStoreError) -> String?
    {
        guard let identity, let tokens, let account = try await identity.account() else { return nil }
        let request = GCSSignedRequest(
            method.rawValue,
            scheme: settings.scheme,
            host: settings.authority,
            path: plainPath(key)
        )
        let prepared = request.prepare(account: account, at: clock.now, validFor: time)
        let signature = try await identity.sign(prepared.stringToSign, try await tokens.secret(at: clock.now))
        return prepared.url + Digesting.hexadecimal(signature)
    }
}

extension ObjectStorageDriver.Settings {
    /// What suits Google Cloud Storage, which copies objects whole, whatever their size.
    package static func gcs(root: String, chunkBytes: Int64) -> ObjectStorageDriver.Settings {
        var settings = ObjectStorageDriver.Settings()
        settings.root = root
        settings.chunkBytes = chunkBytes
        settings.copyChunkBytes = 5 << 40
        settings.copyThresholdBytes = 5 << 40
        return settings
    }
}
