// What a program that handles secrets does before anything else.
#pragma once

namespace authhost {

// No core file, no debugger of the same user (O72); fds 0-2 open; a closed pipe and a limit of file sizes are ordinary write errors; children can be waited for, whatever the
// parent has set. Ends the process with 1
// and a sentence when it runs set-user-id (O80): then the environment is not the owner's, and nothing in it can be trusted.
void guard_process();

}  // namespace authhost
