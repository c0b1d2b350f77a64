/* Fails: scopes-well-formed. Its scope has a space. */
#include <authhost/abi.h>
static const authhost_str feathers = {"open id", 7};
#define TAME_CREDENTIALS out.scopes = &feathers; out.n_scopes = 1;
#include "tame.h"
