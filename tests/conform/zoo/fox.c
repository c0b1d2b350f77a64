/* Fails: keeps-refresh-token. Makes up a refresh token. */
#define TAME_CREDENTIALS out.refresh_token.data = "grapes"; out.refresh_token.size = 6;
#include "tame.h"
