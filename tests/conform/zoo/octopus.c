/* Fails: links-modestly. Has an arm in libcurl. */
#include "tame.h"
