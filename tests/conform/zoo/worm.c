/* Fails: loads, id-is-reverse-dns. Its id is one word. */
#define TAME_ID "worm"
#include "tame.h"
