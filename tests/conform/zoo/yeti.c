/* Fails: loads, abi-known. Was built for another major. */
#define TAME_MAJOR 2
#include "tame.h"
