#define XXH_INLINE_ALL
#include <xxhash.h>

#include "kernels.h"

ck_digest_state *ck_digest_create(void) {
  XXH3_state_t *state = XXH3_createState();
  if (state) XXH3_128bits_reset(state);
  return (ck_digest_state *)state;
}

void ck_digest_free(ck_digest_state *state) { XXH3_freeState((XXH3_state_t *)state); }

void ck_digest_update(ck_digest_state *state, const void *bytes, size_t count) {
  kernels_of_this_processor()->update_digest(state, bytes, count);
}

ck_digest ck_digest_value(const ck_digest_state *state) {
  XXH128_hash_t hash = XXH3_128bits_digest((const XXH3_state_t *)state);
  return (ck_digest){hash.low64, hash.high64};
}

ck_digest ck_digest_of(const void *bytes, size_t count) {
  return kernels_of_this_processor()->digest_of(bytes, count);
}
