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

/// HMAC-SHA256 of RFC 2104. Why C: libcrypto again, so that one library does all digests; not by its own HMAC(), which looks
/// the digest up under a lock each time and takes several times as long.
void plimsoll_hmac_sha256(const void *key, size_t key_count, const void *bytes, size_t count, uint8_t mac[32]);

/// Takes (or fails to take) an exclusive advisory lock on a whole file without waiting; 0 or an errno value.
/// Why C: in Swift the name `flock` is the structure of fcntl(2), which hides the function of flock(2).
int plimsoll_try_lock(int descriptor);

/// Renames `from` to `to` only if `to` does not exist; 0 or an errno value. Where the file system has no such call, as NFS has
/// not, a second name is given and the first one taken away.
/// Why C: renameat2(2) is declared only with _GNU_SOURCE.
int plimsoll_rename_new(const char *from, const char *to);

/// Opens a file for reading if that takes no disk: each folder on the way is in the kernel's memory, and so is the file's
/// inode. Its time of access stays as it is, since to change it may wait for the file system's journal.
/// - Returns: a descriptor, or an errno value below 0: -EAGAIN where it would wait; -ENOSYS or -EINVAL for a kernel that
///   cannot tell (before Linux 5.12); -EPERM for a file of another user.
/// Why C: glibc has no function for openat2(2).
int plimsoll_open_cached(const char *path);

/// Reads from a file if that takes no disk; as pread(2).
/// - Returns: the bytes read, or an errno value below 0: -EAGAIN where it would wait, -EOPNOTSUPP for a file system that
///   cannot tell.
/// Why C: RWF_NOWAIT of preadv2(2) is declared only with _GNU_SOURCE.
int64_t plimsoll_read_cached(int descriptor, void *bytes, size_t count, int64_t offset);

/// When a file was made, in microseconds since 1970; 0 or an errno value, ENOTSUP where the file system does not know.
/// Why C: statx(2) is declared only with _GNU_SOURCE.
int plimsoll_birth_time(int descriptor, int64_t *microseconds);

/// Has the calling thread ask for short turns on the processor, which come sooner after it is woken (Linux 6.12; earlier ones
/// take no notice). Its share stays the same.
/// Why C: glibc has no function for sched_setattr(2).
void plimsoll_make_thread_prompt(void);

/// Has the calling thread not interrupt others when it is woken: it runs when a processor is free, or its turn has come.
/// Why C: SCHED_BATCH is declared only with _GNU_SOURCE.
void plimsoll_make_thread_patient(void);

/// Has the calling thread run, and use disks, only when nobody else wants to.
/// Why C: ioprio_set(2) has no wrapper, and Swift cannot call syscall(2).
void plimsoll_make_thread_idle(void);

/// Puts bytes into a file in memory and seals it against every change; its descriptor, or a negative errno value.
/// Why C: memfd_create(2) and the seals of fcntl(2) are declared only with _GNU_SOURCE.
int plimsoll_sealed_memory(const void *bytes, size_t count);

/// Sends an empty datagram that carries a descriptor; 0 or an errno value.
/// Why C: control messages are laid out by macros, which Swift cannot call.
int plimsoll_send_descriptor(int socket, int descriptor);

/// Who is at the other end of a connected Unix socket; 0 or an errno value.
/// Why C: the structure of SO_PEERCRED is declared only with _GNU_SOURCE.
int plimsoll_peer_credentials(int socket, uint32_t *user, int32_t *process);

/// Bytes that the C library's allocator has given out, and bytes that it holds beyond them; 0 and 0 if another is used.
/// Why C: Swift's module of the C library leaves malloc.h out.
void plimsoll_heap(uint64_t *used, uint64_t *unused);

// Passwords. Why C: crypt_r(3) works in a structure of 32 KiB, which must be wiped afterwards.

/// Hashes a password with the setting of a bcrypt hash (`$2y$`, cost, salt), and writes 60 characters and a NUL; -1 on
/// failure, such as a password of more than 511 bytes. It takes tens of milliseconds and more.
int plimsoll_bcrypt(const char *password, const char *setting, char hash[61]);

/// Makes a setting for a new hash: `$2y$`, the cost, a salt by chance; -1 on failure.
int plimsoll_bcrypt_setting(unsigned int cost, char setting[30]);

/// Whether two pieces of memory are equal, found out in a time that does not tell where they differ.
int plimsoll_are_equal(const void *left, const void *right, size_t count);

// Signatures. Why C: keys are built from lists of typed parameters, and stacks of certificates are macros.

struct evp_pkey_st;
struct x509_st;

enum { PLIMSOLL_NO_KEY = 0, PLIMSOLL_RSA = 1, PLIMSOLL_EC = 2, PLIMSOLL_ED25519 = 3 };

/// Public keys from the numbers of a JSON Web Key (RFC 7518 §6, RFC 8037), or from DER; NULL for what is no key.
struct evp_pkey_st *plimsoll_rsa_key(const uint8_t *n, size_t n_count, const uint8_t *e, size_t e_count);
struct evp_pkey_st *plimsoll_ec_key(int bits, const uint8_t *x, const uint8_t *y, size_t count);
struct evp_pkey_st *plimsoll_ed25519_key(const uint8_t x[32]);
struct evp_pkey_st *plimsoll_spki_key(const uint8_t *der, size_t count);
void plimsoll_free_key(struct evp_pkey_st *key);

/// One of the above, with the size of its modulus or field in bits; PLIMSOLL_NO_KEY for other types and curves.
int plimsoll_key_type(struct evp_pkey_st *key, int *bits);

/// Parts of a key: as SubjectPublicKeyInfo in DER, a number by libcrypto's name of it, Ed25519's bytes; 0 bytes if there
/// is no such part, or no room.
size_t plimsoll_key_der(struct evp_pkey_st *key, uint8_t *der, size_t capacity);
size_t plimsoll_key_number(struct evp_pkey_st *key, const char *name, uint8_t *bytes, size_t capacity);
size_t plimsoll_key_raw(struct evp_pkey_st *key, uint8_t *bytes, size_t capacity);

/// Whether a signature is good: RSA with PKCS #1 v1.5 or PSS, Ed25519 (0 bits); ECDSA with r and s side by side; HMAC.
/// - bits: of the SHA-2 digest: 256, 384 or 512.
int plimsoll_verify(
    struct evp_pkey_st *key, int is_pss, int bits, const void *message, size_t count, const uint8_t *signature,
    size_t signature_count
);
int plimsoll_verify_ecdsa(
    struct evp_pkey_st *key, int bits, const void *message, size_t count, const uint8_t *signature,
    size_t signature_count
);
int plimsoll_verify_hmac(
    const uint8_t *key, size_t key_count, int bits, const void *message, size_t count, const uint8_t *signature,
    size_t signature_count
);

/// A certificate from DER with nothing behind it; NULL for what is none.
struct x509_st *plimsoll_certificate(const uint8_t *der, size_t count);
void plimsoll_free_certificate(struct x509_st *certificate);
struct evp_pkey_st *plimsoll_certificate_key(struct x509_st *certificate);

/// The only common name of a certificate's subject, or without one the first DNS name, mail address or URI of its
/// alternative names, in UTF-8 without an end; 0 for none, for several common names, and for one that does not fit.
size_t plimsoll_certificate_name(struct x509_st *certificate, uint8_t *name, size_t capacity);

/// Verifies a chain, the leaf first, at a time in seconds since 1970; NULL if it leads to a root, else why it does not.
const char *plimsoll_verify_chain(
    struct x509_st *const *roots, size_t root_count, struct x509_st *const *chain, size_t chain_count, int64_t time
);

// Certificates by ACME. Why C: requests and certificates are built by functions and macros of libcrypto; the rest of what
// is done with keys is here too.

/// A new private key on P-256, or the first one in a text in PEM form without a passphrase; NULL if there is none.
struct evp_pkey_st *plimsoll_new_key(void);
struct evp_pkey_st *plimsoll_private_key(const char *pem, size_t count);

/// A private key in the PEM form of its type (`EC PRIVATE KEY`, SEC 1); the count of bytes, 0 on failure.
size_t plimsoll_private_key_pem(struct evp_pkey_st *key, char *pem, size_t capacity);

/// Signs by ES256 (RFC 7518 §3.4); 0, or -1 if the key cannot.
int plimsoll_sign_es256(struct evp_pkey_st *key, const void *message, size_t count, uint8_t signature[64]);

/// A request for a certificate with one DNS name (RFC 2986), in DER; the count of bytes, 0 on failure.
size_t plimsoll_certificate_request(struct evp_pkey_st *key, const char *name, uint8_t *der, size_t capacity);

/// A certificate that answers a challenge by TLS-ALPN (RFC 8737 §3), in PEM form; the count of bytes, 0 on failure.
/// - digest: SHA-256 of the key authorization.
size_t plimsoll_challenge_certificate(
    struct evp_pkey_st *key, const char *name, const uint8_t digest[32], char *pem, size_t capacity
);

/// Whether the first certificate in a text in PEM form is for a name and a key, and from when to when it counts, in
/// seconds since 1970; NULL if it is, else what it is instead.
const char *plimsoll_check_certificate(
    const char *pem, size_t count, const char *name, struct evp_pkey_st *key, int64_t *not_before, int64_t *not_after
);

#endif
