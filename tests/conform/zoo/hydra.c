/* Fails: exports-one-symbol. Has two heads. */
#include <authhost/abi.h>
AUTHHOST_EXPORT extern const int second_head;
const int second_head = 2;
#include "tame.h"
