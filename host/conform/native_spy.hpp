// NativeSpy: stands between the host and a native plugin, and writes down what passes. Both go on as if it were not there.
#pragma once

#include "conform/record.hpp"
#include "core/plugins/library.hpp"

namespace authhost::conform {

// How another host than this one may look to a plugin that was built for this one.
struct OtherHost {
  bool newer = false;                // every table and request is longer
  bool oldest = false;               // the host's table is that of 1.0
  bool lacks_service_tables = false; // get_service answers NULL, whatever is asked for
};

// The same authenticator, watched. One is watched at a time; it may be called from several threads.
plugins::LoadedAuthenticator spied(const plugins::LoadedAuthenticator& authenticator, OtherHost other = {});

// Uses of a call that was over, by any thread.
std::vector<std::string> strays_after_the_end();

}  // namespace authhost::conform
