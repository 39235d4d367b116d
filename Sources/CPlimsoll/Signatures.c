//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

#include "CPlimsoll.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <openssl/x509_vfy.h>
#include <string.h>

// MARK: Keys

static EVP_PKEY *key_from(const char *type, OSSL_PARAM_BLD *builder) {
    EVP_PKEY *key = NULL;
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    if (parameters == NULL || context == NULL || EVP_PKEY_fromdata_init(context) <= 0 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) <= 0) {
        key = NULL;
    }
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    return key;
}

// A point that is not on its curve, or an even modulus, must not become a key.
static EVP_PKEY *checked(EVP_PKEY *key) {
    EVP_PKEY_CTX *context = key == NULL ? NULL : EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    if (context == NULL || EVP_PKEY_public_check(context) != 1) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    EVP_PKEY_CTX_free(context);
    return key;
}

struct evp_pkey_st *plimsoll_rsa_key(const uint8_t *n, size_t n_count, const uint8_t *e, size_t e_count) {
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    BIGNUM *modulus = BN_bin2bn(n, (int)n_count, NULL), *exponent = BN_bin2bn(e, (int)e_count, NULL);
    EVP_PKEY *key = NULL;
    if (builder != NULL && modulus != NULL && exponent != NULL &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent)) {
        key = checked(key_from("RSA", builder));
    }
    BN_free(modulus);
    BN_free(exponent);
    OSSL_PARAM_BLD_free(builder);
    return key;
}

static const char *curve_of(int bits) {
    switch (bits) {
    case 256: return "prime256v1";
    case 384: return "secp384r1";
    case 521: return "secp521r1";
    default: return NULL;
    }
}

struct evp_pkey_st *plimsoll_ec_key(int bits, const uint8_t *x, const uint8_t *y, size_t count) {
    uint8_t point[1 + 2 * 66];
    if (curve_of(bits) == NULL || count != (size_t)(bits + 7) / 8) return NULL;
    point[0] = POINT_CONVERSION_UNCOMPRESSED;
    memcpy(point + 1, x, count);
    memcpy(point + 1 + count, y, count);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY *key = NULL;
    if (builder != NULL &&
        OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, curve_of(bits), 0) &&
        OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * count)) {
        key = checked(key_from("EC", builder));
    }
    OSSL_PARAM_BLD_free(builder);
    return key;
}

struct evp_pkey_st *plimsoll_ed25519_key(const uint8_t x[32]) {
    return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, x, 32);
}

struct evp_pkey_st *plimsoll_spki_key(const uint8_t *der, size_t count) {
    const uint8_t *end = der;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &end, (long)count);
    if (key != NULL && end != der + count) {
        EVP_PKEY_free(key);
        return NULL;
    }
    return key;
}

void plimsoll_free_key(struct evp_pkey_st *key) { EVP_PKEY_free(key); }

int plimsoll_key_type(struct evp_pkey_st *key, int *bits) {
    *bits = EVP_PKEY_get_bits(key);
    if (EVP_PKEY_is_a(key, "RSA")) return PLIMSOLL_RSA;
    if (EVP_PKEY_is_a(key, "ED25519")) return PLIMSOLL_ED25519;
    char group[32];
    size_t length = 0;
    if (EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_group_name(key, group, sizeof group, &length) == 1 &&
        curve_of(*bits) != NULL && strcmp(group, curve_of(*bits)) == 0) {
        return PLIMSOLL_EC;
    }
    return PLIMSOLL_NO_KEY;
}

size_t plimsoll_key_der(struct evp_pkey_st *key, uint8_t *der, size_t capacity) {
    int count = i2d_PUBKEY(key, NULL);
    if (count <= 0 || (size_t)count > capacity) return 0;
    return (size_t)i2d_PUBKEY(key, &der);
}

size_t plimsoll_key_number(struct evp_pkey_st *key, const char *name, uint8_t *bytes, size_t capacity) {
    BIGNUM *number = NULL;
    if (EVP_PKEY_get_bn_param(key, name, &number) != 1) return 0;
    size_t count = (size_t)BN_num_bytes(number);
    if (count <= capacity) BN_bn2bin(number, bytes);
    BN_free(number);
    return count <= capacity ? count : 0;
}

size_t plimsoll_key_raw(struct evp_pkey_st *key, uint8_t *bytes, size_t capacity) {
    return EVP_PKEY_get_raw_public_key(key, bytes, &capacity) == 1 ? capacity : 0;
}

// MARK: Signatures

static const EVP_MD *digest_of(int bits) {
    switch (bits) {
    case 256: return EVP_sha256();
    case 384: return EVP_sha384();
    case 512: return EVP_sha512();
    default: return NULL;
    }
}

int plimsoll_verify(
    struct evp_pkey_st *key,
    int is_pss,
    int bits,
    const void *message,
    size_t count,
    const uint8_t *signature,
    size_t signature_count
) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *options = NULL;
    int is_good = 0;
    if (context != NULL && EVP_DigestVerifyInit(context, &options, digest_of(bits), NULL, key) == 1) {
        int is_ready = 1;
        if (is_pss) {
            is_ready = EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1 &&
                EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1;
        }
        is_good = is_ready && EVP_DigestVerify(context, signature, signature_count, message, count) == 1;
    }
    EVP_MD_CTX_free(context);
    return is_good;
}

int plimsoll_verify_ecdsa(
    struct evp_pkey_st *key,
    int bits,
    const void *message,
    size_t count,
    const uint8_t *signature,
    size_t signature_count
) {
    // JSON signatures have the two numbers side by side, libcrypto wants them in DER.
    int half = (int)(signature_count / 2);
    ECDSA_SIG *numbers = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature, half, NULL), *s = BN_bin2bn(signature + half, half, NULL);
    if (numbers == NULL || r == NULL || s == NULL || ECDSA_SIG_set0(numbers, r, s) != 1) {
        BN_free(r);
        BN_free(s);
        ECDSA_SIG_free(numbers);
        return 0;
    }
    uint8_t *der = NULL;
    int der_count = i2d_ECDSA_SIG(numbers, &der);
    int is_good = der_count > 0 && plimsoll_verify(key, 0, bits, message, count, der, (size_t)der_count);
    OPENSSL_free(der);
    ECDSA_SIG_free(numbers);
    return is_good;
}

int plimsoll_verify_hmac(
    const uint8_t *key,
    size_t key_count,
    int bits,
    const void *message,
    size_t count,
    const uint8_t *signature,
    size_t signature_count
) {
    uint8_t mac[EVP_MAX_MD_SIZE];
    unsigned int mac_count = 0;
    if (key_count > INT_MAX || HMAC(digest_of(bits), key, (int)key_count, message, count, mac, &mac_count) == NULL) {
        return 0;
    }
    return mac_count == signature_count && plimsoll_are_equal(mac, signature, mac_count);
}

// MARK: Certificates

struct x509_st *plimsoll_certificate(const uint8_t *der, size_t count) {
    const uint8_t *end = der;
    X509 *certificate = d2i_X509(NULL, &end, (long)count);
    if (certificate != NULL && end != der + count) {
        X509_free(certificate);
        return NULL;
    }
    return certificate;
}

void plimsoll_free_certificate(struct x509_st *certificate) { X509_free(certificate); }

struct evp_pkey_st *plimsoll_certificate_key(struct x509_st *certificate) { return X509_get_pubkey(certificate); }

static size_t copy_name(const ASN1_STRING *string, uint8_t *name, size_t capacity) {
    unsigned char *text = NULL;
    int count = ASN1_STRING_to_UTF8(&text, string);
    if (count <= 0 || (size_t)count > capacity) {
        count = 0;
    } else {
        memcpy(name, text, (size_t)count);
    }
    OPENSSL_free(text);
    return (size_t)count;
}

size_t plimsoll_certificate_name(struct x509_st *certificate, uint8_t *name, size_t capacity) {
    const X509_NAME *subject = X509_get_subject_name(certificate);
    int first = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (first >= 0) {
        if (X509_NAME_get_index_by_NID(subject, NID_commonName, first) >= 0) {
            return 0;
        }
        return copy_name(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, first)), name, capacity);
    }
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    size_t count = 0;
    for (int i = 0; i < sk_GENERAL_NAME_num(names) && count == 0; i++) {
        const GENERAL_NAME *entry = sk_GENERAL_NAME_value(names, i);
        if (entry->type == GEN_DNS || entry->type == GEN_EMAIL || entry->type == GEN_URI) {
            count = copy_name(entry->d.ia5, name, capacity);
        }
    }
    GENERAL_NAMES_free(names);
    return count;
}

const char *plimsoll_verify_chain(
    struct x509_st *const *roots,
    size_t root_count,
    struct x509_st *const *chain,
    size_t chain_count,
    int64_t time
) {
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    STACK_OF(X509) *others = sk_X509_new_null();
    const char *error = "the library has no memory left";
    if (store != NULL && context != NULL && others != NULL) {
        for (size_t i = 0; i < root_count; i++) X509_STORE_add_cert(store, roots[i]);
        for (size_t i = 1; i < chain_count; i++) sk_X509_push(others, chain[i]);
        // Whatever the operator lists is trusted, be it signed by itself or by somebody else.
        X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
        if (X509_STORE_CTX_init(context, store, chain[0], others) == 1) {
            X509_STORE_CTX_set_time(context, 0, (time_t)time);
            if (X509_verify_cert(context) == 1) {
                error = NULL;
            } else {
                error = X509_verify_cert_error_string(X509_STORE_CTX_get_error(context));
            }
        }
    }
    sk_X509_free(others);
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    return error;
}
