#include "harness.hpp"
#include <catch2/catch.hpp>
