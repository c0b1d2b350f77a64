// The header that carries the token: which names will do, whoever says them.
#pragma once

#include <string>
#include <string_view>

namespace authhost::config {

// Lower case, as gRPC wants it and RFC 9113, section 8.2.1.
std::string header_key_of(std::string_view name);

// Whether a token may go into the header of this name, in lower case: a name at all, not gRPC's kind for binary values, and none that
// means something else to HTTP, to gRPC or to what logs requests on their way.
bool is_header_key(std::string_view name);

}  // namespace authhost::config
