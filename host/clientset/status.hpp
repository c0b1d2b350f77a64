// Between this library's errors and gRPC's status codes.
#pragma once

#include <authhost/channel.hpp>

#include <string>

namespace authhost::clientset {

// The code under which a failure to get credentials ends a call.
grpc::StatusCode code_of(Status status);
// Its text, "server's words; authhost: status: message (hint: …)", where the first part is what the server said about the token, or "".
// Remembered, so that to_error knows it again: a server that writes the same way is not taken for this library.
std::string remembered_text(std::string_view said, const Error& error);

}  // namespace authhost::clientset
