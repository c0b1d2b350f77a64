#include "core/keyring/runtime_cache.hpp"
