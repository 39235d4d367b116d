//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

#define _GNU_SOURCE
#include "CPlimsoll.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int plimsoll_birth_time(int descriptor, int64_t *microseconds) {
    struct statx facts;
    if (statx(descriptor, "", AT_EMPTY_PATH, STATX_BTIME, &facts) != 0) return errno;
    if (!(facts.stx_mask & STATX_BTIME)) return ENOTSUP;
    *microseconds = (int64_t)facts.stx_btime.tv_sec * 1000000 + facts.stx_btime.tv_nsec / 1000;
    return 0;
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
