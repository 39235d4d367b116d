//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

#ifndef CPLIMSOLL_H
#define CPLIMSOLL_H

#include <stddef.h>
#include <stdint.h>

// SHA-2 states as plain values.
//
// Why C: libcrypto's low-level SHA-2 functions are the fastest on this platform and the only ones whose state can be
// read, stored and loaded again; they are marked deprecated, which Swift cannot silence at one place. The states below
// are ours, so that what is stored does not depend on libcrypto's own layout.

/// A SHA-256 computation between two blocks: FIPS 180-4 chaining value, bytes so far, and the unfinished block.
typedef struct {
    uint32_t chain[8];
    uint64_t length;
    uint8_t block[64];
} plimsoll_sha256;

/// A SHA-512 computation between two blocks.
typedef struct {
    uint64_t chain[8];
    uint64_t length;
    uint8_t block[128];
} plimsoll_sha512;

void plimsoll_sha256_init(plimsoll_sha256 *state);
void plimsoll_sha256_update(plimsoll_sha256 *state, const void *bytes, size_t count);
void plimsoll_sha256_final(const plimsoll_sha256 *state, uint8_t digest[32]);

void plimsoll_sha512_init(plimsoll_sha512 *state);
void plimsoll_sha512_update(plimsoll_sha512 *state, const void *bytes, size_t count);
void plimsoll_sha512_final(const plimsoll_sha512 *state, uint8_t digest[64]);

/// HMAC-SHA256 of RFC 2104. Why C: libcrypto again, so that one library does all digests.
void plimsoll_hmac_sha256(const void *key, size_t key_count, const void *bytes, size_t count, uint8_t mac[32]);

/// Takes (or fails to take) an exclusive advisory lock on a whole file without waiting; 0 or an errno value.
/// Why C: in Swift the name `flock` is the structure of fcntl(2), which hides the function of flock(2).
int plimsoll_try_lock(int descriptor);

/// Renames `from` to `to` only if `to` does not exist; 0 or an errno value.
/// Why C: renameat2(2) is declared only with _GNU_SOURCE.
int plimsoll_rename_new(const char *from, const char *to);

/// When a file was made, in microseconds since 1970; 0 or an errno value, ENOTSUP where the file system does not know.
/// Why C: statx(2) is declared only with _GNU_SOURCE.
int plimsoll_birth_time(int descriptor, int64_t *microseconds);

/// Has the calling thread run, and use disks, only when nobody else wants to.
/// Why C: ioprio_set(2) has no wrapper, and Swift cannot call syscall(2).
void plimsoll_make_thread_idle(void);

/// Puts bytes into a file in memory and seals it against every change; its descriptor, or a negative errno value.
/// Why C: memfd_create(2) and the seals of fcntl(2) are declared only with _GNU_SOURCE.
int plimsoll_sealed_memory(const void *bytes, size_t count);

/// Sends an empty datagram that carries a descriptor; 0 or an errno value.
/// Why C: control messages are laid out by macros, which Swift cannot call.
int plimsoll_send_descriptor(int socket, int descriptor);

/// Bytes that the C library's allocator has given out, and bytes that it holds beyond them; 0 and 0 if another is used.
/// Why C: Swift's module of the C library leaves malloc.h out.
void plimsoll_heap(uint64_t *used, uint64_t *unused);

#endif
