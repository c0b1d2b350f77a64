# find_package(authhost): authhost::sdk (headers for plugins), authhost::core (sessions), authhost::testing (a scripted host for
# a plugin's own tests), authhost_add_plugin(), and authhost::clientset (gRPC channels) where that was built and gRPC is there.
# COMPONENTS may name what is needed: sdk core testing clientset. gRPC is looked for unless they leave out clientset.
include(${CMAKE_CURRENT_LIST_DIR}/authhostTargets.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/AuthhostPlugin.cmake)
set(authhost_sdk_FOUND TRUE)
set(authhost_core_FOUND TRUE)
set(authhost_testing_FOUND TRUE)

set(authhost_clientset_FOUND FALSE)
get_filename_component(authhost_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
file(GLOB authhost_clientset_library "${authhost_prefix}/lib*/libauthhost-clientset.so" "${authhost_prefix}/lib/*/libauthhost-clientset.so")
if(authhost_clientset_library AND (NOT authhost_FIND_COMPONENTS OR "clientset" IN_LIST authhost_FIND_COMPONENTS))
  find_package(Protobuf 3.21 QUIET)  # in module mode, before gRPC looks for it
  find_package(gRPC 1.51 CONFIG QUIET)
  if(TARGET gRPC::grpc++)
    include(${CMAKE_CURRENT_LIST_DIR}/authhostClientSetTargets.cmake)
    set(authhost_clientset_FOUND TRUE)
  endif()
endif()

foreach(authhost_component IN LISTS authhost_FIND_COMPONENTS)
  if(NOT authhost_${authhost_component}_FOUND AND authhost_FIND_REQUIRED_${authhost_component})
    set(authhost_FOUND FALSE)
    if(authhost_component STREQUAL "clientset" AND authhost_clientset_library)
      set(authhost_NOT_FOUND_MESSAGE "authhost::clientset needs gRPC 1.51 and protobuf: install libgrpc++-dev, libprotobuf-dev, protobuf-compiler and protobuf-compiler-grpc")
    elseif(authhost_component STREQUAL "clientset")
      set(authhost_NOT_FOUND_MESSAGE "authhost was installed to ${authhost_prefix} without its client set: build all of it, then install again")
    else()
      set(authhost_NOT_FOUND_MESSAGE "authhost has no component ${authhost_component}; it has sdk, core, testing and clientset")
    endif()
  endif()
endforeach()
