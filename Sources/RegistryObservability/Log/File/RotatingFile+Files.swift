//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CPlimsoll
import Glibc
import RegistryTelemetry

extension RotatingFile {
    /// Opens the file at the path, and takes it over in place of the one that was open.
    mutating func openFile(_ flags: Int32) throws(LogFileError) {
        let path = folder.name.path
        // Without waiting for who reads a pipe; regular files know no waiting.
        let opened = Glibc.open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | flags, options.mode)
        guard opened >= 0 else {
            guard errno == ELOOP else { throw LogFileError("open", path) }
            throw LogFileError("open", path, cause: "is a symbolic link, which cannot be rotated; name its target")
        }
        do throws(LogFileError) {
            let facts = try FileIdentity.Facts(of: opened, path)
            guard facts.mode & S_IFMT == S_IFREG else {
                throw LogFileError("open", path, cause: "is no regular file, and cannot be rotated")
            }
            if facts.links > 1 { try removeSecondName(of: facts.identity) }
            let size = try cutHalfLine(opened, size: facts.size)
            var birth: Int64 = 0
            let now = clock()
            let knowsBirth = plimsoll_birth_time(opened, &birth) == 0
            schedule.begin(
                size: size,
                age: knowsBirth && size > 0 ? .microseconds(now.wall.microseconds - birth) : .zero,
                lastWrite: size > 0 ? WallTime(facts.modified) : nil,
                at: now
            )
            synchronize()
            if descriptor >= 0 { close(descriptor) }
            descriptor = opened
            identity = facts.identity
            isInsideLine = false
            mustReopen = false
        } catch {
            close(opened)
            throw error
        }
        if let name = ended {
            ended = nil
            keeper.release(name)
        }
    }

    /// Removes the name of a rotation that was killed amid it, where files are renamed in two steps.
    private func removeSecondName(of file: FileIdentity) throws(LogFileError) {
        for entry in try folder.rotated() where entry.forms.contains(.plain) {
            let path = folder.path(entry.name, .plain)
            if (try? FileIdentity.Facts(of: path))?.identity == file { try folder.remove(path) }
        }
    }

    /// Removes what follows the last line end: a crash has left half a line, whose other half is nowhere.
    /// - Returns: the size of the file then.
    private func cutHalfLine(_ file: Int32, size: Int64) throws(LogFileError) -> Int64 {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        var end = size
        search: while end > 0 {
            let start = max(0, end - Int64(buffer.count))
            let count = pread(file, &buffer, Int(end - start), off_t(start))
            guard count == Int(end - start) else { throw LogFileError("read", folder.name.path) }
            if let feed = buffer[..<count].lastIndex(of: .lineFeed) {
                end = start + Int64(feed) + 1
                break search
            }
            end = start
        }
        guard end < size else { return size }
        guard ftruncate(file, off_t(end)) == 0 else { throw LogFileError("truncate", folder.name.path) }
        report.note(.repaired(path: folder.name.path, bytes: size - end))
        return end
    }

    /// Goes over to a new file at the path.
    mutating func reopen(at now: Moment) {
        // Without a file whoever writes has pauses of its own.
        guard descriptor < 0 || isNameless || !schedule.isHeldBack(at: now) else { return }
        do throws(LogFileError) {
            // The folder may be another one, with nobody's lock in it, or somebody's.
            if !state.isAtItsPlace { state = try LogStateFile(folder, mode: options.mode, after: state.last) }
            try openFile(O_CREAT)
            try folder.synchronize()
            report.note(.reopened(path: folder.name.path))
            report.succeed(at: .opening)
        } catch {
            schedule.fail(at: now)
            report.fail(error, at: .opening)
            // What is written to it would be lost, and its room is held for as long as it is open.
            if isNameless { letGo(error) }
        }
    }

    /// Closes the file, so that nothing can be written until there is another.
    private mutating func letGo(_ error: LogFileError) {
        close(descriptor)
        (descriptor, identity, cause) = (-1, nil, error.number == 0 ? EBUSY : error.number)
    }

    private var isNameless: Bool {
        descriptor >= 0 && (try? FileIdentity.Facts(of: descriptor, folder.name.path))?.links == 0
    }

    /// Finds out whether somebody removed or cut the file: then a line that was begun is to be written anew.
    mutating func lookAtFile() {
        guard descriptor >= 0, let facts = try? FileIdentity.Facts(of: descriptor, folder.name.path) else { return }
        if facts.links == 0 {
            mustReopen = true
            isInsideLine = false
        }
        if facts.size < schedule.size {
            // What was cut off may have ended within a line; if that cannot be mended now, the line is told as torn.
            schedule.shrink(to: (try? cutHalfLine(descriptor, size: facts.size)) ?? facts.size)
            isInsideLine = false
        }
    }

    /// Finds out whether the path, or that of the lock, leads elsewhere, since somebody moved files.
    mutating func lookAtPath() {
        guard descriptor >= 0 else { return }
        let facts = try? FileIdentity.Facts(of: folder.name.path)
        if facts?.identity != identity || !state.isAtItsPlace { mustReopen = true }
    }

    /// Ends the file and begins the next one.
    ///
    /// In this order: data to the disk, a name that nobody has, a new file, the folder to the disk. Killed in between, a
    /// process finds the file still at its path, or complete under its new name, or under both, of which it removes the new one.
    mutating func rotate(_ reason: RotationReason, at now: Moment) {
        lookAtFile()
        lookAtPath()
        // Somebody else was faster.
        guard !mustReopen else { return reopen(at: now) }
        let bytes = schedule.size
        synchronize()
        do throws(LogFileError) {
            let name = try giveName(at: now)
            ended = name
            do throws(LogFileError) {
                try openFile(O_CREAT | O_EXCL)
            } catch  where error.number == EEXIST {
                try openFile(0)
            }
            report.note(.rotated(path: folder.path(name, .plain), bytes: bytes, reason: reason))
            try folder.synchronize()
            report.succeed(at: .opening)
        } catch {
            // Without a new file the ended one is written on, so that nothing is lost.
            mustReopen = ended != nil
            schedule.fail(at: now)
            report.fail(error, at: .opening)
        }
    }

    /// Renames the file to a name that neither it nor its compressed form has.
    private mutating func giveName(at now: Moment) throws(LogFileError) -> RotatedName {
        while true {
            let name = RotatedName(time: now.wall, sequence: state.next())
            keeper.hold(name)
            do throws(LogFileError) {
                try folder.rename(folder.name.path, to: folder.path(name, .plain))
                return name
            } catch {
                keeper.release(name)
                guard error.number == EEXIST else { throw error }
            }
        }
    }
}

extension WallTime {
    fileprivate init(_ time: timespec) {
        self.init(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }
}
