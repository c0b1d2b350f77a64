// Background: work that must not sit on gRPC's threads, nor end with the call that asked for it.
#pragma once

#include "core/services/call.hpp"

#include <functional>

namespace authhost::clientset {

// Runs `work` on a thread of its own, which takes no signals. Its Call has no deadline and is cancelled when the program ends;
// the program's end waits for it. `work` does not throw. false: it was not run, because there are no more threads, or the program
// is at its end. [any-thread]
bool run_in_background(std::function<void(const Call&)> work);

}  // namespace authhost::clientset
