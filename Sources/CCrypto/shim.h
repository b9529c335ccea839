#pragma once

/* OpenSSL's names for some of these functions are macros, which Swift does not see. */

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

static inline int ccrypto_key_kind(const EVP_PKEY *key) { return EVP_PKEY_get_base_id(key); }
static inline int ccrypto_kind_ed25519(void) { return EVP_PKEY_ED25519; }
static inline int ccrypto_kind_elliptic(void) { return EVP_PKEY_EC; }

/* The bytes that were written to a buffer in memory. */
static inline long ccrypto_buffer_bytes(BIO *buffer, char **bytes) { return BIO_get_mem_data(buffer, bytes); }

/* Always give a password, because OpenSSL would otherwise ask for one on the terminal. */
static inline EVP_PKEY *ccrypto_read_private_key(BIO *buffer) {
  static char no_password[] = "";
  return PEM_read_bio_PrivateKey(buffer, NULL, NULL, no_password);
}
static inline EVP_PKEY *ccrypto_read_public_key(BIO *buffer) { return PEM_read_bio_PUBKEY(buffer, NULL, NULL, NULL); }
