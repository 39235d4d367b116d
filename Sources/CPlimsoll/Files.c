//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

#define _GNU_SOURCE
#include "CPlimsoll.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

int plimsoll_open_cached(const char *path) {
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NOATIME | O_NONBLOCK, .resolve = RESOLVE_CACHED};
    long descriptor = syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
    return descriptor < 0 ? -errno : (int)descriptor;
}

int64_t plimsoll_read_cached(int descriptor, void *bytes, size_t count, int64_t offset) {
    struct iovec room = {.iov_base = bytes, .iov_len = count};
    ssize_t taken = preadv2(descriptor, &room, 1, offset, RWF_NOWAIT);
    return taken < 0 ? -errno : taken;
}

int plimsoll_birth_time(int descriptor, int64_t *microseconds) {
    struct statx facts;
    if (statx(descriptor, "", AT_EMPTY_PATH, STATX_BTIME, &facts) != 0) return errno;
    if (!(facts.stx_mask & STATX_BTIME)) return ENOTSUP;
    *microseconds = (int64_t)facts.stx_btime.tv_sec * 1000000 + facts.stx_btime.tv_nsec / 1000;
    return 0;
}

// glibc has no `struct sched_attr`, and the kernel's header of it clashes with <sched.h>.
struct attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

void plimsoll_make_thread_prompt(void) {
    struct attributes attributes = {0};
    if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0) return;
    attributes.size = sizeof attributes;
    attributes.runtime = 100000; // ns, the least there is
    // A hint: where it is refused, or not known, the thread runs all the same.
    (void)syscall(SYS_sched_setattr, 0, &attributes, 0);
}

void plimsoll_make_thread_patient(void) {
    struct sched_param parameters = {0};
    // A hint: where it is refused the thread runs all the same.
    (void)sched_setscheduler(0, SCHED_BATCH, &parameters);
}

void plimsoll_make_thread_idle(void) {
    struct sched_param parameters = {0};
    // Both are hints: where they are refused the thread runs all the same.
    (void)sched_setscheduler(0, SCHED_IDLE, &parameters);
    // ioprio_set(IOPRIO_WHO_PROCESS, this thread, class idle).
    (void)syscall(SYS_ioprio_set, 1, 0, 3 << 13);
}
