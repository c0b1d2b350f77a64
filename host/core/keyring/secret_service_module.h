/* Between the core and authhost-secret-service.so, the one place that links libsecret and GLib. The module is built with
 * the core and loaded when first needed; nobody else may rely on this. C, so that the two share no C++ object. */
#ifndef AUTHHOST_SECRET_SERVICE_MODULE_H
#define AUTHHOST_SECRET_SERVICE_MODULE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AUTHHOST_SECRET_SERVICE_SYMBOL "authhost_secret_service_v1"

enum {
  AUTHHOST_SS_OK = 0,
  AUTHHOST_SS_NO_BUS = 1,        /* no session bus answers at its address */
  AUTHHOST_SS_NO_SERVICE = 2,    /* the bus has no org.freedesktop.secrets and cannot start one */
  AUTHHOST_SS_NO_COLLECTION = 3, /* the service has no default collection */
  AUTHHOST_SS_LOCKED = 4,        /* the collection, or the item, is locked */
  AUTHHOST_SS_PROMPT = 5,        /* the service wants to ask a person */
  AUTHHOST_SS_TIMEOUT = 6,       /* timeout_ms went by */
  AUTHHOST_SS_CANCELLED = 7,     /* cancel_fd became readable */
  AUTHHOST_SS_FAILED = 8         /* anything else: see detail */
};

typedef struct authhost_ss_call {
  int64_t timeout_ms;
  int cancel_fd;      /* readable: give up; -1: none */
  char detail[256];   /* out: what GLib said, UTF-8, no secret; empty if nothing */
} authhost_ss_call;

typedef struct authhost_ss_item {
  const char* service; /* NUL-terminated UTF-8, as are the others */
  const char* account;
  const char* key;
  const char* label;
} authhost_ss_item;

/* Every function blocks its caller until it is done, timed out or cancelled, never prompts, and may be called from any
 * thread. The collection is looked at first in each. */
typedef struct authhost_secret_service {
  size_t size;
  int (*probe)(authhost_ss_call* call);
  /* OK without a call of `found`: there is no such item. The bytes are wiped after `found` returned. */
  int (*get)(authhost_ss_call* call, const authhost_ss_item* item, void (*found)(void* data, const char* bytes, size_t size),
             void* data);
  int (*put)(authhost_ss_call* call, const authhost_ss_item* item, const char* bytes, size_t size);
  int (*drop)(authhost_ss_call* call, const authhost_ss_item* item);
} authhost_secret_service;

#ifdef __cplusplus
}
#endif

#endif /* AUTHHOST_SECRET_SERVICE_MODULE_H */
