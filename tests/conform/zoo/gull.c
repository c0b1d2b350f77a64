/* Fails: odd-answer-survived. Chokes on what it is fed. */
#include <authhost/services.h>
#define TAME_ASKED if (answer.size > 1000) abort();
#include "tame_person.h"
