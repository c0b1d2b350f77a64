// Between this library's errors and gRPC's status codes.
#pragma once

#include <authhost/channel.hpp>

#include <string>
#include <string_view>

namespace authhost::clientset {

// Whether these are gRPC's words for a certificate that is not trusted.
bool says_untrusted(std::string_view message);
// The code under which a failure to get credentials ends a call.
grpc::StatusCode code_of(Status status);
// Its text, "server's words; authhost: status: message (hint: …)", where the first part is what the server said about the token, or "".
// Remembered, so that to_error knows it again: a server that writes the same way is not taken for this library.
std::string remembered_text(std::string_view said, const Error& error);

}  // namespace authhost::clientset
