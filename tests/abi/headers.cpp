// The C headers, in C++.
#include <authhost/services.h>

#include "layout.h"

int authhost_headers_compile() { return 0; }
