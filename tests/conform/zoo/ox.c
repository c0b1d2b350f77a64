/* Fails: cancelled-during-question, cancelled-at-every-step. Stands there and chews. */
#include <authhost/services.h>
#include <unistd.h>
#define TAME_ASKED if (status == AUTHHOST_CANCELLED) usleep(1200000);
#include "tame_person.h"
