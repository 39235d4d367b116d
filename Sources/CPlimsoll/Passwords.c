//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

#define _GNU_SOURCE
#include "CPlimsoll.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

int plimsoll_bcrypt(const char *password, const char *setting, char hash[61]) {
    // 32 KiB, too much for a small stack; it holds what the password is made of, and is wiped.
    struct crypt_data *data = calloc(1, sizeof *data);
    if (data == NULL) return -1;
    const char *result = crypt_r(password, setting, data);
    int status = -1;
    // A failure is told by a text that begins with an asterisk.
    if (result != NULL && result[0] == '$' && strlen(result) == 60) {
        memcpy(hash, result, 61);
        status = 0;
    }
    explicit_bzero(data, sizeof *data);
    free(data);
    return status;
}

int plimsoll_bcrypt_setting(unsigned int cost, char setting[30]) {
    // Without bytes given, the library asks the kernel for random ones.
    return crypt_gensalt_rn("$2y$", cost, NULL, 0, setting, 30) == NULL ? -1 : 0;
}

int plimsoll_are_equal(const void *left, const void *right, size_t count) {
    return CRYPTO_memcmp(left, right, count) == 0;
}
