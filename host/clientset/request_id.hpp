// Request ids: what `x-request-id` says, so that a call can be found in the server's logs.
#pragma once

#include <string>

namespace authhost::clientset {

// A random UUID (RFC 4122, version 4). Unique, not secret. [any-thread]
std::string new_request_id();

}  // namespace authhost::clientset
