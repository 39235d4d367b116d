//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// How a log file is kept.
package struct LogFileOptions: Sendable {
    package var rotation: RotationPolicy
    package var retention: RetentionPolicy
    /// Nil leaves rotated files as they are.
    package var compression: CompressionPolicy?
    /// Permissions of new files, before the process's umask.
    package var mode: UInt32

    package init(
        rotation: RotationPolicy = RotationPolicy(),
        retention: RetentionPolicy = RetentionPolicy(),
        compression: CompressionPolicy? = CompressionPolicy(),
        mode: UInt32 = 0o640
    ) {
        self.rotation = rotation
        self.retention = retention
        self.compression = compression
        self.mode = mode
    }
}

/// How rotated files are compressed.
package struct CompressionPolicy: Sendable, Equatable {
    /// Of zlib: 1 is fastest, 9 smallest.
    package var level: Int32
    /// How much is compressed a second at most; nil is as much as can be.
    package var bytesPerSecond: Int64?
    /// Whether it waits until nobody else wants the processor or the disk.
    package var isIdle: Bool

    /// - Parameter level: 3 by default: 6 takes 2.6 times as long, as long as all else that the log does, for a sixth less room.
    package init(level: Int32 = 3, bytesPerSecond: Int64? = 16 << 20, isIdle: Bool = true) {
        self.level = level
        self.bytesPerSecond = bytesPerSecond
        self.isIdle = isIdle
    }
}
