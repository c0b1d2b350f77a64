/* Fails: sizes-set. Forgets a size. */
#define TAME_REFRESH authhost_setting_value none = {0}; tame_host->get_setting(call, "patience", &none);
#include "tame.h"
