//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

#ifndef COPENSSL_SHIM_H
#define COPENSSL_SHIM_H

#include <openssl/hmac.h>
#include <openssl/sha.h>

#endif
