/* Fails: no-threads-left. Leaves a thread running. */
#include <pthread.h>
#include <unistd.h>
static int walking;
static void* walk(void* nothing) {
  sleep(60);
  return nothing;
}
#define TAME_REFRESH if (!walking++) { pthread_t leg; pthread_create(&leg, NULL, walk, NULL); }
#include "tame.h"
