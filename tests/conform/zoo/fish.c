/* Fails: error-has-message. Fails without a word. */
#define TAME_ANSWERED if (response.status == 400) return AUTHHOST_DENIED;
#include "tame.h"
