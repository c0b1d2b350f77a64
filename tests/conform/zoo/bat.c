/* Fails: calls-on-its-thread. Logs from another thread. */
#include <authhost/abi.h>
#include <pthread.h>
static void* flap(void* call);
#define TAME_REFRESH pthread_t wing; pthread_create(&wing, NULL, flap, call); pthread_join(wing, NULL);
#include "tame.h"

static void* flap(void* call) {
  authhost_str line = {"flap", 4};
  tame_host->log((authhost_call*)call, AUTHHOST_LOG_INFO, line);
  return NULL;
}
