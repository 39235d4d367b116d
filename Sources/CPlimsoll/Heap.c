//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

#include <malloc.h>

#include "CPlimsoll.h"

void plimsoll_heap(uint64_t *used, uint64_t *unused) {
    // Sums over all arenas; what was mapped for one large block each stands apart.
    struct mallinfo2 info = mallinfo2();
    *used = info.uordblks + info.hblkhd;
    *unused = info.fordblks;
}
