//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

// The low-level functions are deprecated in OpenSSL 3, and still the only ones with a state that can be stored.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "CPlimsoll.h"

#include <openssl/evp.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>

// libcrypto counts bits in two words; its pending block is declared as words and used as bytes.

static void load256(SHA256_CTX *context, const plimsoll_sha256 *state) {
    uint64_t bits = state->length << 3;
    memset(context, 0, sizeof *context);
    memcpy(context->h, state->chain, sizeof state->chain);
    context->Nl = (SHA_LONG)bits;
    context->Nh = (SHA_LONG)(bits >> 32);
    context->num = (unsigned int)(state->length % SHA256_CBLOCK);
    memcpy(context->data, state->block, context->num);
    context->md_len = SHA256_DIGEST_LENGTH;
}

void plimsoll_sha256_init(plimsoll_sha256 *state) {
    SHA256_CTX context;
    SHA256_Init(&context);
    memset(state, 0, sizeof *state);
    memcpy(state->chain, context.h, sizeof state->chain);
}

void plimsoll_sha256_update(plimsoll_sha256 *state, const void *bytes, size_t count) {
    SHA256_CTX context;
    load256(&context, state);
    SHA256_Update(&context, bytes, count);
    memcpy(state->chain, context.h, sizeof state->chain);
    state->length += count;
    memset(state->block, 0, sizeof state->block);
    memcpy(state->block, context.data, context.num);
}

void plimsoll_sha256_final(const plimsoll_sha256 *state, uint8_t digest[32]) {
    SHA256_CTX context;
    load256(&context, state);
    SHA256_Final(digest, &context);
}

static void load512(SHA512_CTX *context, const plimsoll_sha512 *state) {
    memset(context, 0, sizeof *context);
    memcpy(context->h, state->chain, sizeof state->chain);
    context->Nl = (SHA_LONG64)(state->length << 3);
    context->Nh = (SHA_LONG64)(state->length >> 61);
    context->num = (unsigned int)(state->length % SHA512_CBLOCK);
    memcpy(context->u.p, state->block, context->num);
    context->md_len = SHA512_DIGEST_LENGTH;
}

void plimsoll_sha512_init(plimsoll_sha512 *state) {
    SHA512_CTX context;
    SHA512_Init(&context);
    memset(state, 0, sizeof *state);
    memcpy(state->chain, context.h, sizeof state->chain);
}

void plimsoll_sha512_update(plimsoll_sha512 *state, const void *bytes, size_t count) {
    SHA512_CTX context;
    load512(&context, state);
    SHA512_Update(&context, bytes, count);
    memcpy(state->chain, context.h, sizeof state->chain);
    state->length += count;
    memset(state->block, 0, sizeof state->block);
    memcpy(state->block, context.u.p, context.num);
}

void plimsoll_sha512_final(const plimsoll_sha512 *state, uint8_t digest[64]) {
    SHA512_CTX context;
    load512(&context, state);
    SHA512_Final(digest, &context);
}

void plimsoll_hmac_sha256(const void *key, size_t key_count, const void *bytes, size_t count, uint8_t mac[32]) {
    uint8_t inner[SHA256_CBLOCK] = {0}, outer[SHA256_CBLOCK];
    SHA256_CTX context;
    if (key_count > sizeof inner) {
        SHA256(key, key_count, inner);
    } else if (key_count > 0) {
        memcpy(inner, key, key_count);
    }
    for (size_t index = 0; index < sizeof inner; index++) {
        outer[index] = inner[index] ^ 0x5c;
        inner[index] ^= 0x36;
    }
    SHA256_Init(&context);
    SHA256_Update(&context, inner, sizeof inner);
    SHA256_Update(&context, bytes, count);
    SHA256_Final(mac, &context);
    SHA256_Init(&context);
    SHA256_Update(&context, outer, sizeof outer);
    SHA256_Update(&context, mac, SHA256_DIGEST_LENGTH);
    SHA256_Final(mac, &context);
    OPENSSL_cleanse(inner, sizeof inner);
    OPENSSL_cleanse(outer, sizeof outer);
    OPENSSL_cleanse(&context, sizeof context);
}
