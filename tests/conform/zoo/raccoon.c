/* Fails: undeclared-settings-not-read. Looks into settings that are not its own. */
#define TAME_REFRESH authhost_setting_value bin = {0}; bin.size = sizeof bin; tame_host->get_setting(call, "bin", &bin);
#include "tame.h"
