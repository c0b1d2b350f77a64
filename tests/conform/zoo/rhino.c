/* Fails: refusal-survived. Takes a no for an attack. */
#include <authhost/services.h>
#define TAME_ASKED if (status == AUTHHOST_INTERACTION_REQUIRED) abort();
#include "tame_person.h"
