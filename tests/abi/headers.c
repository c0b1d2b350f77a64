/* The C headers, in C: included twice, alone, in either order. */
#include <authhost/services.h>

#include <authhost/abi.h>
#include <authhost/services.h>

#include "layout.h"

int authhost_headers_compile(void) { return 0; }
