// Keeper: sees to it that nothing of a case outlives it. An exec plugin has a process group of its own, and its helpers may leave that:
// who ends the case's process alone leaves them behind.
#pragma once

#include <functional>

namespace authhost::conform {

// Does `work` in a child of this process, and then ends whatever the child has left, at any depth. Ends like the child: with its
// status, or by its signal. SIGTERM, and the end of this process's own parent, end it early. Of a process without other threads.
int keep(const std::function<int()>& work);

}  // namespace authhost::conform
