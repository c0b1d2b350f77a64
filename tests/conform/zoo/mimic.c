/* Fails: unknown-extension-is-null. Claims to have every extension. */
static const int bait;
static const void* everything(const char* name) { return name[0] == 'o' ? &bait : 0; }
#define TAME_EXTENSION everything
#include "tame.h"
