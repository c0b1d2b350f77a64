/* Fails: moves-between-threads, two-threads-at-once. Follows the first thread that it saw. */
#include <pthread.h>
static pthread_t mother;
#define TAME_CREATE mother = pthread_self();
#define TAME_REFRESH if (!pthread_equal(mother, pthread_self())) abort();
#include "tame.h"
