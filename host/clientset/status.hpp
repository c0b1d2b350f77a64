// Between this library's errors and gRPC's status codes.
#pragma once

#include <authhost/channel.hpp>

#include <string>

namespace authhost::clientset {

// The code under which a failure to get credentials ends a call.
grpc::StatusCode code_of(Status status);
// Its text: "status: message (hint)"; to_error finds the parts again.
std::string text_of(const Error& error);

}  // namespace authhost::clientset
