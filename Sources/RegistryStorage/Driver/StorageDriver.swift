//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
package import RegistryTelemetry

/// A place to keep content: the few verbs that everything above is built from.
///
/// The contract, which the conformance suite checks for every driver:
/// - Content is bytes at a path; folders exist as long as something is in them, and may be left behind empty.
/// - Nobody puts content below content, or in the place of a folder. Who does all the same is refused, or has both kept where
///   folders are only parts of names; what was there stays in any case.
/// - `replace` and `publish` are atomic: a reader sees the content before or after, never a part.
/// - What returned from a durable call survives a crash of the process and of the machine.
/// - A failed call leaves the content at its path as it was.
/// - Every call may be made from any task, at any time, alongside any other.
package protocol StorageDriver: Sendable {
    /// The driver's name in configuration and metrics: `filesystem`.
    var name: String { get }

    /// Reads small content whole.
    /// - Parameter limit: the most bytes to take.
    /// - Throws: `notFound`; `tooLarge` beyond the limit.
    func read(_ path: StoragePath, limit: Int) async throws(StorageError) -> ByteBuffer

    /// Reads small content whole, as it is or was a moment ago: a storage that is asked over a network need not be asked
    /// again for what is known. What decides on a change is read by ``read(_:limit:)``.
    /// - Throws: as that.
    func readRecent(_ path: StoragePath, limit: Int) async throws(StorageError) -> ByteBuffer

    /// Puts small content in the place of what may be there.
    /// - Returns: the size in bytes of what was there; nil if nothing was, or where it would cost a request more to tell.
    @discardableResult
    func replace(_ path: StoragePath, with bytes: ByteBuffer, _ durability: Durability) async throws(StorageError)
        -> Int64?

    /// Opens content for reading in pieces.
    /// - Throws: `notFound`.
    func open(_ path: StoragePath) async throws(StorageError) -> any StoredContent

    /// Opens content for appending, alone; it is made if its folder exists.
    /// - Throws: `notFound` if the folder does not exist; `busy` while another appender has it.
    func append(_ path: StoragePath) async throws(StorageError) -> any ContentAppender

    /// Makes content durable and moves it to its place, atomically, replacing what may be there.
    /// - Returns: the size in bytes of what was there, nil if nothing was.
    /// - Throws: `notFound` if there is nothing to move.
    func publish(_ source: StoragePath, as path: StoragePath) async throws(StorageError) -> Int64?

    /// Facts of the content or folder at a path. They come by the same threads and limits as what takes long, so that an
    /// answer shows that these work.
    /// - Throws: `notFound`.
    func stat(_ path: StoragePath) async throws(StorageError) -> ContentFacts

    /// Names in a folder, in byte order.
    /// - Parameters:
    ///   - last: only names after this one.
    ///   - limit: the most names to return.
    /// - Throws: `notFound` if there is no such folder.
    func list(_ path: StoragePath, after last: String?, limit: Int) async throws(StorageError) -> [FolderEntry]

    /// Removes content, or a folder with all that is in it, durably.
    /// - Throws: `notFound`.
    func remove(_ path: StoragePath) async throws(StorageError)

    /// Removes content, or a folder with all that is in it, that nobody would miss if it came back after a crash.
    /// - Throws: `notFound`.
    func discard(_ path: StoragePath) async throws(StorageError)

    /// Removes folders in which nobody looks any more, so that it does not matter if half of one is there; those that are
    /// not there are gone past.
    ///
    /// What is left after a crash or a failure is there to be removed again.
    func erase(_ folders: [StoragePath]) async throws(StorageError)

    /// Moves content or folders durably, each to a place where nothing is, on the same storage; what is not there is gone
    /// past.
    ///
    /// When it fails, some may have been moved.
    /// - Returns: for each whether it was there.
    func move(all moves: [StorageMove]) async throws(StorageError) -> [Bool]

    /// Room on the storage; nil where the storage has no such notion.
    func capacity() async throws(StorageError) -> StorageCapacity?

    /// When names were last added to a folder or taken out, in nanoseconds since 1970, for each of some folders.
    /// - Returns: 0 for a folder that is not there; nil where the storage does not know such times.
    func changeTimes(_ folders: [StoragePath]) async throws(StorageError) -> [Int64]?

    /// Whether these times also tell that something was taken out.
    var changeTimesTellRemovals: Bool { get }

    /// Whether calls are made of requests to another server, which have spans of their own.
    var asksOthers: Bool { get }

    /// Reads many small pieces of content, as those do who go through all of it.
    /// - Returns: for each path its content; nil where there is none, or more than the limit.
    func read(all paths: [StoragePath], limit: Int) async throws(StorageError) -> [ByteBuffer?]

    /// The sizes of many pieces of content; nil where there is none.
    func sizes(of paths: [StoragePath]) async throws(StorageError) -> [Int64?]

    /// Whether clients are sent to the storage itself for content.
    var redirects: Bool { get }

    /// An address at which a client gets content from the storage itself, for a while.
    /// - Returns: nil where clients are not sent elsewhere.
    func redirectURL(_ path: StoragePath, for request: RedirectRequest) async throws(StorageError) -> String?

    /// Removes what writes have left behind that never came to an end, and that no other call shows.
    /// - Parameters:
    ///   - limit: only what was begun before.
    ///   - isDryRun: whether everything stays, and is only counted.
    /// - Returns: how many were removed, or would be, and how many are younger.
    func removeUnfinished(begunBefore limit: WallTime, isDryRun: Bool) async throws(StorageError)
        -> (removed: Int, left: Int)
}

extension StorageDriver {
    /// For storages of which nothing is kept in mind.
    package func readRecent(_ path: StoragePath, limit: Int) async throws(StorageError) -> ByteBuffer {
        try await read(path, limit: limit)
    }

    /// For storages that have no quicker way than one by one.
    package func read(all paths: [StoragePath], limit: Int) async throws(StorageError) -> [ByteBuffer?] {
        var contents: [ByteBuffer?] = []
        for path in paths {
            do throws(StorageError) {
                contents.append(try await read(path, limit: limit))
            } catch {
                guard error.code == .notFound || error.code == .tooLarge else { throw error }
                contents.append(nil)
            }
        }
        return contents
    }

    /// As above.
    package func sizes(of paths: [StoragePath]) async throws(StorageError) -> [Int64?] {
        var sizes: [Int64?] = []
        for path in paths {
            do throws(StorageError) {
                sizes.append(try await stat(path).size)
            } catch {
                guard error.code == .notFound else { throw error }
                sizes.append(nil)
            }
        }
        return sizes
    }

    /// As above.
    package func move(all moves: [StorageMove]) async throws(StorageError) -> [Bool] {
        var results: [Bool] = []
        for move in moves {
            do throws(StorageError) {
                _ = try await publish(move.source, as: move.target)
                results.append(true)
            } catch {
                guard error.code == .notFound else { throw error }
                results.append(false)
            }
        }
        return results
    }

    /// As above.
    package func erase(_ folders: [StoragePath]) async throws(StorageError) {
        for folder in folders {
            do throws(StorageError) {
                try await discard(folder)
            } catch {
                guard error.code == .notFound else { throw error }
            }
        }
    }

    package var changeTimesTellRemovals: Bool { true }

    package var asksOthers: Bool { false }

    /// For storages without such times.
    package func changeTimes(_ folders: [StoragePath]) async throws(StorageError) -> [Int64]? { nil }

    package var redirects: Bool { false }

    /// For storages that no client can reach.
    package func redirectURL(_ path: StoragePath, for request: RedirectRequest) async throws(StorageError) -> String? {
        nil
    }

    /// For storages where nothing is left behind.
    package func removeUnfinished(begunBefore limit: WallTime, isDryRun: Bool) async throws(StorageError)
        -> (removed: Int, left: Int)
    { (0, 0) }

    /// For storages where a durable removal costs no more.
    package func discard(_ path: StoragePath) async throws(StorageError) { try await remove(path) }
}

/// Who asks for an address elsewhere, and for what.
package struct RedirectRequest: Sendable, Equatable {
    /// Whether only the head is asked for.
    package var isHead: Bool
    /// The client's address, without a port; nil where it is not known.
    package var client: String?

    package init(isHead: Bool = false, client: String? = nil) {
        self.isHead = isHead
        self.client = client
    }
}

/// Whether a call returns before its effect would survive a crash.
package enum Durability: Sendable {
    /// Survives the end of the process and a loss of power.
    case durable
    /// May be lost with the machine; never half visible.
    case volatile
}

/// From where to where something is moved.
package struct StorageMove: Sendable, Equatable {
    package var source: StoragePath
    package var target: StoragePath

    package init(_ source: StoragePath, to target: StoragePath) {
        self.source = source
        self.target = target
    }
}

/// What is known of a path.
package struct ContentFacts: Sendable, Equatable {
    /// Bytes; 0 for a folder.
    package var size: Int64
    package var isFolder: Bool

    package init(size: Int64, isFolder: Bool) {
        self.size = size
        self.isFolder = isFolder
    }
}

/// A name in a folder.
package struct FolderEntry: Sendable, Equatable {
    package var name: String
    package var isFolder: Bool

    package init(name: String, isFolder: Bool) {
        self.name = name
        self.isFolder = isFolder
    }
}

/// Room on a storage, in bytes.
package struct StorageCapacity: Sendable, Equatable {
    package var total: Int64
    /// What the server's user may still write.
    package var free: Int64
    /// Files and folders; nil where the storage has no bound for them but its bytes.
    package var inodes: Inodes?

    package init(total: Int64, free: Int64, inodes: Inodes? = nil) {
        self.total = total
        self.free = free
        self.inodes = inodes
    }

    /// How many files and folders there can be.
    package struct Inodes: Sendable, Equatable {
        package var total: Int64
        /// What the server's user may still make.
        package var free: Int64

        package init(total: Int64, free: Int64) {
            self.total = total
            self.free = free
        }
    }
}
