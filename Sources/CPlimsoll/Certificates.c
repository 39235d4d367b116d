//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

#include "CPlimsoll.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

// MARK: Private keys

struct evp_pkey_st *plimsoll_new_key(void) { return EVP_EC_gen("P-256"); }

// Without one of ours libcrypto would ask at the terminal.
static int no_passphrase(char *text, int size, int is_writing, void *context) {
    (void)text, (void)size, (void)is_writing, (void)context;
    return -1;
}

struct evp_pkey_st *plimsoll_private_key(const char *pem, size_t count) {
    BIO *input = count > INT_MAX ? NULL : BIO_new_mem_buf(pem, (int)count);
    if (input == NULL) return NULL;
    EVP_PKEY *key = PEM_read_bio_PrivateKey(input, NULL, no_passphrase, NULL);
    BIO_free(input);
    return key;
}

// What a BIO in memory holds, if there is room for it; frees the BIO.
static size_t take(BIO *output, int is_good, void *bytes, size_t capacity) {
    char *content = NULL;
    long count = is_good ? BIO_get_mem_data(output, &content) : 0;
    if (count < 0 || (size_t)count > capacity) count = 0;
    if (count > 0) memcpy(bytes, content, (size_t)count);
    BIO_free(output);
    return (size_t)count;
}

size_t plimsoll_private_key_pem(struct evp_pkey_st *key, char *pem, size_t capacity) {
    BIO *output = BIO_new(BIO_s_secmem());
    if (output == NULL) return 0;
    int is_good = PEM_write_bio_PrivateKey_traditional(output, key, NULL, NULL, 0, NULL, NULL) == 1;
    return take(output, is_good, pem, capacity);
}

int plimsoll_sign_es256(struct evp_pkey_st *key, const void *message, size_t count, uint8_t signature[64]) {
    uint8_t der[128];
    size_t der_count = sizeof der;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int is_good = context != NULL && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
        EVP_DigestSign(context, der, &der_count, message, count) == 1;
    EVP_MD_CTX_free(context);
    if (!is_good) return -1;
    // libcrypto has the two numbers in DER, JSON signatures want them side by side.
    const uint8_t *start = der;
    ECDSA_SIG *numbers = d2i_ECDSA_SIG(NULL, &start, (long)der_count);
    is_good = numbers != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(numbers), signature, 32) == 32 &&
        BN_bn2binpad(ECDSA_SIG_get0_s(numbers), signature + 32, 32) == 32;
    ECDSA_SIG_free(numbers);
    return is_good ? 0 : -1;
}

// MARK: What is signed with them

static X509_EXTENSION *names_extension(const char *name) {
    char text[300];
    int length = snprintf(text, sizeof text, "DNS:%s", name);
    if (length < 0 || (size_t)length >= sizeof text) return NULL;
    return X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, text);
}

size_t plimsoll_certificate_request(struct evp_pkey_st *key, const char *name, uint8_t *der, size_t capacity) {
    X509_REQ *request = X509_REQ_new();
    STACK_OF(X509_EXTENSION) *extensions = sk_X509_EXTENSION_new_null();
    X509_EXTENSION *names = names_extension(name);
    size_t count = 0;
    if (request != NULL && extensions != NULL && names != NULL && sk_X509_EXTENSION_push(extensions, names) > 0) {
        // Now the stack's.
        names = NULL;
        // No subject: a common name has room for 64 characters only, and authorities take the alternative names.
        if (X509_REQ_set_version(request, X509_REQ_VERSION_1) == 1 && X509_REQ_set_pubkey(request, key) == 1 &&
            X509_REQ_add_extensions(request, extensions) == 1 && X509_REQ_sign(request, key, EVP_sha256()) > 0) {
            int needed = i2d_X509_REQ(request, NULL);
            if (needed > 0 && (size_t)needed <= capacity) count = (size_t)i2d_X509_REQ(request, &der);
        }
    }
    X509_EXTENSION_free(names);
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    X509_REQ_free(request);
    return count;
}

static int add(X509 *certificate, X509_EXTENSION *extension) {
    int is_good = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return is_good;
}

// id-pe-acmeIdentifier of RFC 8737 §3: critical, an octet string of the digest.
static X509_EXTENSION *digest_extension(const uint8_t digest[32]) {
    uint8_t value[34] = {V_ASN1_OCTET_STRING, 32};
    memcpy(value + 2, digest, 32);
    ASN1_OBJECT *identifier = OBJ_txt2obj("1.3.6.1.5.5.7.1.31", 1);
    ASN1_OCTET_STRING *string = ASN1_OCTET_STRING_new();
    X509_EXTENSION *extension = NULL;
    if (identifier != NULL && string != NULL && ASN1_OCTET_STRING_set(string, value, sizeof value) == 1) {
        extension = X509_EXTENSION_create_by_OBJ(NULL, identifier, 1, string);
    }
    ASN1_OCTET_STRING_free(string);
    ASN1_OBJECT_free(identifier);
    return extension;
}

size_t plimsoll_challenge_certificate(
    struct evp_pkey_st *key,
    const char *name,
    const uint8_t digest[32],
    char *pem,
    size_t capacity
) {
    X509 *certificate = X509_new();
    BIO *output = BIO_new(BIO_s_mem());
    if (certificate == NULL || output == NULL) {
        X509_free(certificate);
        BIO_free(output);
        return 0;
    }
    uint64_t number = 0;
    X509_NAME *subject = X509_get_subject_name(certificate);
    int is_good = RAND_bytes((unsigned char *)&number, sizeof number) == 1 &&
        ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), number >> 1 | 1) == 1 &&
        X509_set_version(certificate, X509_VERSION_3) == 1 &&
        // Clocks differ, and only the extension counts.
        X509_gmtime_adj(X509_getm_notBefore(certificate), -86400) != NULL &&
        X509_gmtime_adj(X509_getm_notAfter(certificate), 86400) != NULL &&
        X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_ASC, (const unsigned char *)"challenge", -1, -1,
                                   0) == 1 &&
        X509_set_issuer_name(certificate, subject) == 1 && X509_set_pubkey(certificate, key) == 1 &&
        add(certificate, names_extension(name)) && add(certificate, digest_extension(digest)) &&
        X509_sign(certificate, key, EVP_sha256()) > 0 && PEM_write_bio_X509(output, certificate) == 1;
    X509_free(certificate);
    return take(output, is_good, pem, capacity);
}

// MARK: What an authority hands out

static int seconds_of(const ASN1_TIME *time, int64_t *seconds) {
    struct tm parts;
    if (ASN1_TIME_to_tm(time, &parts) != 1) return 0;
    *seconds = (int64_t)timegm(&parts);
    return 1;
}

const char *plimsoll_check_certificate(
    const char *pem,
    size_t count,
    const char *name,
    struct evp_pkey_st *key,
    int64_t *not_before,
    int64_t *not_after
) {
    BIO *input = count > INT_MAX ? NULL : BIO_new_mem_buf(pem, (int)count);
    if (input == NULL) return "too large";
    const char *fault = NULL;
    // Passes over what is no certificate.
    X509 *certificate = PEM_read_bio_X509(input, NULL, no_passphrase, NULL);
    if (certificate == NULL) {
        fault = "no certificate in PEM form";
    } else if (X509_check_host(certificate, name, 0, 0, NULL) != 1) {
        fault = "a certificate for another name";
    } else if (EVP_PKEY_eq(X509_get0_pubkey(certificate), key) != 1) {
        fault = "a certificate for another key";
    } else if (
        !seconds_of(X509_get0_notBefore(certificate), not_before) ||
        !seconds_of(X509_get0_notAfter(certificate), not_after)) {
        fault = "a certificate without times";
    }
    X509_free(certificate);
    BIO_free(input);
    return fault;
}
