//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

// Has calls on the files of one folder fail, as on a disk that breaks: loaded by LD_PRELOAD, in front of glibc's calls. The
// error number stands in the first four bytes of the file that FAULT_NUMBER names, where a test can change it while the
// process runs; 0 is none, and below 0 the calls wait until it is not, as on a disk that hangs. FAULT_FOLDER names the folder.
// With FAULT_RENAME the file system knows no flags of renameat2(2), as NFS does not.

#define _GNU_SOURCE // for RTLD_NEXT and O_TMPFILE

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static const _Atomic int32_t none;
static const _Atomic int32_t *number = &none;
static const char *folder = "";

static ssize_t (*real_write)(int, const void *, size_t);
static int (*real_fdatasync)(int);
static int (*real_open)(const char *, int, ...);
static ssize_t (*real_pread)(int, void *, size_t, off64_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off64_t);
static int (*real_ftruncate)(int, off64_t);

__attribute__((constructor)) static void begin(void)
{
    real_write = (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    real_fdatasync = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    real_open = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
    real_pread = (ssize_t (*)(int, void *, size_t, off64_t))dlsym(RTLD_NEXT, "pread64");
    real_pwrite = (ssize_t (*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
    real_ftruncate = (int (*)(int, off64_t))dlsym(RTLD_NEXT, "ftruncate64");
    const char *path = getenv("FAULT_NUMBER");
    folder = getenv("FAULT_FOLDER");
    if (path == NULL || folder == NULL || *folder == 0) abort();
    int file = real_open(path, O_RDONLY | O_CLOEXEC);
    void *memory = mmap(NULL, sizeof(int32_t), PROT_READ, MAP_SHARED, file, 0);
    if (file < 0 || memory == MAP_FAILED) abort();
    close(file);
    number = memory;
}

static int is_below(const char *path)
{
    return strncmp(path, folder, strlen(folder)) == 0;
}

// What to fail with, or 0, when nothing hangs any more.
static int settled(int fault)
{
    const struct timespec pause = {0, 5000000};
    while (fault < 0) {
        nanosleep(&pause, NULL);
        fault = atomic_load_explicit(number, memory_order_relaxed);
    }
    return fault;
}

// What to fail with, or 0.
static int fault_of(int descriptor)
{
    int fault = atomic_load_explicit(number, memory_order_relaxed);
    if (fault == 0) return 0;
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t count = readlink(link, path, sizeof path - 1);
    if (count < 0) return 0;
    path[count] = 0;
    return is_below(path) ? settled(fault) : 0;
}

int renameat2(int from, const char *old, int to, const char *new, unsigned int flags)
{
    if (flags == 0 || getenv("FAULT_RENAME") == NULL) return renameat(from, old, to, new);
    errno = EINVAL;
    return -1;
}

ssize_t write(int descriptor, const void *bytes, size_t count)
{
    int fault = real_write == NULL ? 0 : fault_of(descriptor);
    if (fault != 0) {
        errno = fault;
        return -1;
    }
    return real_write(descriptor, bytes, count);
}

int fdatasync(int descriptor)
{
    int fault = fault_of(descriptor);
    if (fault != 0) {
        errno = fault;
        return -1;
    }
    return real_fdatasync(descriptor);
}

// Reading still works, as it does where a file system was mounted read-only after an error; it hangs where all does.
static int open_mode(const char *path, int flags, mode_t mode)
{
    int fault = atomic_load_explicit(number, memory_order_relaxed);
    if (fault != 0 && is_below(path)) {
        fault = settled(fault);
        if (fault != 0 && (flags & O_ACCMODE) != O_RDONLY) {
            errno = fault;
            return -1;
        }
    }
    return real_open(path, flags, mode);
}

int open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return open_mode(path, flags, mode);
}

// The names that SQLite's library calls; on 64 bits they are the same calls.

int open64(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return open_mode(path, flags, mode);
}

ssize_t pread64(int descriptor, void *bytes, size_t count, off64_t offset)
{
    fault_of(descriptor);
    return real_pread(descriptor, bytes, count, offset);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset)
{
    int fault = fault_of(descriptor);
    if (fault != 0) {
        errno = fault;
        return -1;
    }
    return real_pwrite(descriptor, bytes, count, offset);
}

int ftruncate64(int descriptor, off64_t length)
{
    int fault = fault_of(descriptor);
    if (fault != 0) {
        errno = fault;
        return -1;
    }
    return real_ftruncate(descriptor, length);
}
