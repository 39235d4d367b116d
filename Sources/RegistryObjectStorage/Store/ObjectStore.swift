//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A vendor's object storage: the verbs that ``ObjectStorageDriver`` is built from.
///
/// A new vendor is one type that conforms to this. Its rules:
/// - Keys are UTF-8 text without a leading slash; they are encoded for the wire by the store and by nobody above it.
/// - `put`, `copy` and `complete` are atomic: a reader sees the object before or after, never a part.
/// - Requests are tried again within the store, as ``RequestGovernor`` says; what is thrown here is final, but for bodies
///   that break off, which who reads takes up again.
/// - A call that has been made twice does no more than one that has been made once.
package protocol ObjectStore: Sendable {
    /// The driver's name in metrics: `s3aws`.
    var name: String { get }
    var bounds: ObjectStoreBounds { get }

    /// Facts of an object.
    /// - Throws: `notFound`.
    func head(_ key: String) async throws(ObjectStoreError) -> ObjectFacts

    /// Begins to read an object, whole or a range of it.
    /// - Parameters:
    ///   - range: bytes; its end may lie beyond the object's. Not empty.
    ///   - version: which the object must have; nil for any.
    /// - Throws: `notFound`; `preconditionFailed` for another version; `invalidRange` if it starts beyond the end.
    func get(_ key: String, _ range: Range<Int64>?, version: String?) async throws(ObjectStoreError) -> ObjectReading

    /// Puts an object whole.
    /// - Parameter content: at most ``ObjectStoreBounds/putBytes``.
    func put(_ key: String, _ content: ObjectBytes, _ mark: ObjectMark) async throws(ObjectStoreError)

    /// Lists a page of keys in byte order.
    func list(_ listing: ObjectListing) async throws(ObjectStoreError) -> ObjectPage

    /// Copies an object within the store; the copy has the mark that is given, whatever the source has.
    /// - Parameter size: of the source, at most ``ObjectStoreBounds/copyBytes``.
    /// - Throws: `notFound`.
    func copy(_ source: String, size: Int64, to target: String, _ mark: ObjectMark) async throws(ObjectStoreError)

    /// Removes objects; those that are not there are no error.
    /// - Parameter keys: at most ``ObjectStoreBounds/deleteKeys``.
    func delete(_ keys: [String]) async throws(ObjectStoreError)

    // MARK: Objects in parts

    /// Begins an object that is put in parts; nothing is there to be read before it is completed.
    func begin(_ key: String, _ mark: ObjectMark) async throws(ObjectStoreError) -> MultipartUpload

    /// Puts a part, in place of one with the same number.
    /// - Parameters:
    ///   - number: from 1 to ``ObjectStoreBounds/parts``.
    ///   - content: from ``ObjectStoreBounds/partBytes``, but for the last part.
    func putPart(_ number: Int, of upload: MultipartUpload, _ content: ObjectBytes) async throws(ObjectStoreError)
        -> UploadedPart

    /// Copies bytes of another object as a part.
    /// - Parameter range: of the source; nil for all of it.
    func copyPart(_ number: Int, of upload: MultipartUpload, from source: String, _ range: Range<Int64>?, size: Int64)
        async throws(ObjectStoreError) -> UploadedPart

    /// Makes the parts the object, in the order of their numbers.
    /// - Throws: when a part is not the one that was put.
    func complete(_ upload: MultipartUpload, _ parts: [UploadedPart]) async throws(ObjectStoreError)

    /// Gives up an upload and its parts; one that is gone is no error.
    func abort(_ upload: MultipartUpload) async throws(ObjectStoreError)

    /// Uploads that were begun and neither completed nor aborted, by key.
    /// - Parameter marker: where a page before has ended.
    func uploads(under prefix: String, after marker: String?) async throws(ObjectStoreError) -> MultipartPage

    /// The parts that an upload has, by number.
    func parts(of upload: MultipartUpload) async throws(ObjectStoreError) -> [UploadedPart]

    // MARK: Addresses

    /// An address at which anybody gets the object for a time; nil where the store has no such thing.
    func signedURL(_ key: String, _ method: SignedMethod, validFor time: Duration) async throws(ObjectStoreError)
        -> String?

    /// Ends the connections, when nothing is asked for any more.
    func shutDown() async
}

extension ObjectStore {
    package func shutDown() async {}
}

/// What a signed address is good for.
package enum SignedMethod: String, Sendable, CaseIterable {
    case get = "GET"
    case head = "HEAD"
}
