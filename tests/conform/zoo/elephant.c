/* Fails: login-ignores-previous. Never forgets a refresh token. */
#include <authhost/abi.h>
static const authhost_credentials* memory;
#define TAME_REFRESH memory = request->previous;
#define TAME_REQUEST if (memory != NULL) request.body = memory->refresh_token;
#include "tame.h"
