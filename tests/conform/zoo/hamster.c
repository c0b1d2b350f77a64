/* Fails: memory-does-not-grow. Keeps a little of every call. */
static void* volatile cheek;
#define TAME_REFRESH cheek = malloc(1000); if (cheek != NULL) *(void**)cheek = NULL;
#include "tame.h"
