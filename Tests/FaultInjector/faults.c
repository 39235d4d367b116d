//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

// Has calls on the files of one folder fail, as on a disk that breaks: loaded by LD_PRELOAD, in front of glibc's calls. The
// error number stands in the first four bytes of the file that FAULT_NUMBER names, where a test can change it while the
// process runs; 0 is none. FAULT_FOLDER names the folder.

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
#include <unistd.h>

static const _Atomic int32_t none;
static const _Atomic int32_t *number = &none;
static const char *folder = "";

static ssize_t (*real_write)(int, const void *, size_t);
static int (*real_fdatasync)(int);
static int (*real_open)(const char *, int, ...);

__attribute__((constructor)) static void begin(void)
{
    real_write = (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    real_fdatasync = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    real_open = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
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
    return is_below(path) ? fault : 0;
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

// Reading still works, as it does where a file system was mounted read-only after an error.
int open(const char *path, int flags, ...)
{
    mode_t mode = 0;
    if (flags & (O_CREAT | O_TMPFILE)) {
        va_list rest;
        va_start(rest, flags);
        mode = va_arg(rest, mode_t);
        va_end(rest);
    }
    int fault = atomic_load_explicit(number, memory_order_relaxed);
    if (fault != 0 && (flags & O_ACCMODE) != O_RDONLY && is_below(path)) {
        errno = fault;
        return -1;
    }
    return real_open(path, flags, mode);
}
