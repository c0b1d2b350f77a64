/* Fails: token-type-is-bearer. Neither horse nor Bearer. */
#define TAME_CREDENTIALS out.token_type.data = "MAC"; out.token_type.size = 3;
#include "tame.h"
