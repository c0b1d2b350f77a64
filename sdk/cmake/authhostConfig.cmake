# find_package(authhost): authhost::sdk (headers for plugins), authhost::core (sessions), authhost::testing (a scripted host for
# a plugin's own tests), and authhost_add_plugin().
include(CMakeFindDependencyMacro)
find_dependency(Threads)
include(${CMAKE_CURRENT_LIST_DIR}/authhostTargets.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/AuthhostPlugin.cmake)
