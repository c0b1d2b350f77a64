/* A credential store: where a fleet of machines keeps the credentials that it shares.
 *
 * DRAFT. Nothing here is promised yet: it may change or go with any release, and a plugin built for one draft is refused by a host
 * of another. When it is promised, it gets another header and another symbol. docs/adr/0010-a-shared-store.md says why it is as it is.
 *
 * C99. A plugin exports ONE constant symbol, `authhost_credential_store_draft`, of type `authhost_credential_store`. The rules are
 * those of abi.h: structs begin with their size and grow at the end; what is passed by pointer is borrowed until the function returns,
 * in both directions; results are handed over with a function of the host's, which copies them; no exception crosses.
 *
 *   key      1 to 128 bytes of a-z, 0-9, `_` and `-`. One login.
 *   bytes    What the host keeps there, at most 1 MiB. They are a secret, and their meaning is the host's.
 *   version  1 to 128 bytes of the store's own, another one for each write: a counter, a hash, an ETag. The host compares nothing
 *            but gives it back.
 *   fence    The number of a lease, never 0. Each lease of a key has a greater one than all before.
 *
 * Calls into one instance are never concurrent. Each function is tagged with the threads that may call it:
 *   [call-thread]  only the thread that runs the current call into the instance, and only during that call
 *   [any-thread]   any thread of the process
 */
#ifndef AUTHHOST_DRAFT_CREDENTIAL_STORE_H
#define AUTHHOST_DRAFT_CREDENTIAL_STORE_H

#include "../abi.h"

#ifdef __cplusplus
extern "C" {
#endif

#define AUTHHOST_CREDENTIAL_STORE_DRAFT 1u
#define AUTHHOST_CREDENTIAL_STORE_SYMBOL "authhost_credential_store_draft"

/* One call from the host into a store, and the store's own object. Both opaque to the other side. */
typedef struct authhost_store_call authhost_store_call;
typedef struct authhost_store_instance authhost_store_instance;

/* What a function of the store found out. Beside each, who may answer so and which members count. */
enum {
  AUTHHOST_ANSWER_NOTHING = 0,   /* get: there is nothing */
  AUTHHOST_ANSWER_FOUND = 1,     /* get: bytes, version */
  AUTHHOST_ANSWER_DONE = 2,      /* put_if: version, the new one. drop_if, release, probe */
  AUTHHOST_ANSWER_CHANGED = 3,   /* put_if, drop_if: not done, for another version is there, or a greater fence was given out */
  AUTHHOST_ANSWER_LEASED = 4,    /* lease: fence */
  AUTHHOST_ANSWER_BUSY = 5,      /* lease: somebody else has it. Ask again after wait_ms, or when you have waited long enough */
  AUTHHOST_ANSWER_NO_LEASES = 6  /* lease: there are none here, now or ever. Go on without; the version still protects */
};

typedef struct authhost_store_answer {
  size_t size;
  int32_t answer;       /* AUTHHOST_ANSWER_* */
  authhost_str bytes;
  authhost_str version;
  uint64_t fence;
  int64_t wait_ms;      /* a hint; 0: the host's choice */
} authhost_store_answer;

/* What the host offers. One constant table; valid from `create` until `destroy` has returned. */
typedef struct authhost_store_host {
  size_t size;
  uint32_t draft;      /* AUTHHOST_CREDENTIAL_STORE_DRAFT of the host */
  const char* version; /* the host's own version, for logs */

  /* [call-thread] Hands the answer over; copied before it returns. The last one counts, and only if the function returns OK. */
  authhost_status (*emit)(authhost_store_call* call, const authhost_store_answer* answer);
  /* [call-thread] Says why the call will fail: what failed and why, and what to do (may be empty). No secret in either. */
  void (*set_error)(authhost_store_call* call, authhost_status status, authhost_str message, authhost_str hint);
  /* [call-thread] Non-zero once the caller gave up or the deadline passed: return within a second. */
  int32_t (*is_cancelled)(authhost_store_call* call);
  /* [call-thread] Milliseconds left, never negative; INT64_MAX: no deadline. */
  int64_t (*deadline_ms)(authhost_store_call* call);
  /* [call-thread] A clock that never jumps, in milliseconds, for the length of leases. */
  int64_t (*monotonic_ms)(authhost_store_call* call);
} authhost_store_host;

/* A store. Constant data; all strings NUL-terminated UTF-8. A function that returns OK has emitted one of its answers; any other
 * status is an error: STORE_FAILED, UNAVAILABLE, DENIED, DEADLINE, CANCELLED. "Nothing there", "changed" and "busy" are no errors. */
typedef struct authhost_credential_store {
  size_t size;
  uint32_t draft;      /* AUTHHOST_CREDENTIAL_STORE_DRAFT that the store was built with */
  const char* id;      /* reverse DNS; its last part is the short name */
  const char* name;    /* for people */
  const char* version;
  const char* summary; /* one sentence */

  /* [any-thread] Makes an instance. `location` is what the configuration says: a folder, a URL, the store's own words. No I/O. */
  authhost_status (*create)(const authhost_store_host* host, authhost_store_call* call, authhost_str location,
                            authhost_store_instance** out);
  /* [any-thread] Ends an instance; no call into it is running. Its leases may end with it. */
  void (*destroy)(authhost_store_instance* instance);

  /* [call-thread] What is there. FOUND, NOTHING. What is there and cannot be read is an error, never NOTHING. */
  authhost_status (*get)(authhost_store_instance* instance, authhost_store_call* call, authhost_str key);
  /* [call-thread] Writes in one step, if what is there has this version. Empty: if there is nothing. NULL: whatever is there, readable
   * or not. A `fence` that is not 0 has to be the key's greatest. DONE, CHANGED. After an error nobody knows whether it was written. */
  authhost_status (*put_if)(authhost_store_instance* instance, authhost_store_call* call, authhost_str key,
                            const authhost_str* version, authhost_str bytes, uint64_t fence);
  /* [call-thread] Removes under the same conditions. DONE, CHANGED. What is not there and was not asked for by version is DONE. */
  authhost_status (*drop_if)(authhost_store_instance* instance, authhost_store_call* call, authhost_str key,
                             const authhost_str* version, uint64_t fence);
  /* [call-thread] Asks to be the one who refreshes. Does not wait. LEASED: until `release`, and for `for_ms` at least while this
   * process lives; from then on another may get it, with a greater fence. BUSY. NO_LEASES. */
  authhost_status (*lease)(authhost_store_instance* instance, authhost_store_call* call, authhost_str key, int64_t for_ms);
  /* [call-thread] Gives a lease back early. DONE, also if it has ended already. */
  authhost_status (*release)(authhost_store_instance* instance, authhost_store_call* call, authhost_str key, uint64_t fence);
  /* [call-thread] Whether it could be written now, without writing; within three seconds. DONE. May be NULL: then one finds out. */
  authhost_status (*probe)(authhost_store_instance* instance, authhost_store_call* call);
} authhost_credential_store;

extern AUTHHOST_EXPORT const authhost_credential_store authhost_credential_store_draft;

#ifdef __cplusplus
}
#endif

#endif /* AUTHHOST_DRAFT_CREDENTIAL_STORE_H */
