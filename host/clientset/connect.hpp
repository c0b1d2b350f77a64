// Connecting on purpose: to learn what is wrong before a call fails of it.
#pragma once

#include "core/config/endpoint.hpp"
#include "core/config/profile.hpp"

#include <authhost/result.hpp>

#include <grpcpp/channel.h>

#include <chrono>

namespace authhost::clientset {

// UNAVAILABLE, PROTOCOL, DEADLINE, with the endpoint, the cause and what to do.
Result<void> connect(grpc::Channel& channel, const config::Endpoint& endpoint, const config::Profile& profile,
                     std::chrono::milliseconds limit);

// Waits for the first word about the connection: READY, TRANSIENT_FAILURE, or at the deadline whatever it is then.
grpc_connectivity_state wait_for_connection(grpc::Channel& channel, std::chrono::system_clock::time_point deadline);

}  // namespace authhost::clientset
