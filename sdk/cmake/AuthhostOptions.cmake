# How this project builds itself. Not installed.
option(AUTHHOST_TESTS "Build the tests" ON)
option(AUTHHOST_CLIENTSET "Build the client set and what else needs gRPC" ON)
set(AUTHHOST_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined or thread")
option(AUTHHOST_TIDY "Run clang-tidy beside the compiler" OFF)
option(AUTHHOST_FUZZ "Build the fuzzers (clang)" OFF)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 99)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

# The build tree has the shape of an install prefix, so everything runs in place.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(CMAKE_BUILD_RPATH_USE_ORIGIN ON)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()
find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Werror -fno-omit-frame-pointer
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor> $<$<COMPILE_LANGUAGE:CXX>:-Woverloaded-virtual>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 at -O2 sees overlaps in std::string and reads of an empty std::optional that are not there (its bugs 105651, 80635).
  add_compile_options(-Wno-restrict -Wno-maybe-uninitialized)
endif()
add_link_options(-Wl,-z,relro,-z,now)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-fstack-protector-strong -D_FORTIFY_SOURCE=2 -g1)
endif()
if(AUTHHOST_SANITIZE)
  add_compile_options(-fsanitize=${AUTHHOST_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${AUTHHOST_SANITIZE})
endif()
if(AUTHHOST_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(AUTHHOST_TIDY)
  set(CMAKE_CXX_CLANG_TIDY clang-tidy-14 --quiet)
endif()

# authhost_module(name sources…): a part of the core, compiled once. Headers are named from host/: "core/config/profile.hpp".
function(authhost_module name)
  add_library(${name} OBJECT ${ARGN})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR}/host ${PROJECT_SOURCE_DIR}/host/core/include)
  target_link_libraries(${name} PUBLIC authhost::sdk Threads::Threads)
endfunction()

# authhost_libexec_program(name [OPTIONAL]): a program that the core starts, at ../libexec/authhost in the build tree as in a prefix.
function(authhost_libexec_program name)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/libexec/authhost)
  authhost_rpath(${name} "$ORIGIN/../../lib" "$ORIGIN/../../${CMAKE_INSTALL_LIBDIR}")
  install(TARGETS ${name} RUNTIME DESTINATION libexec/authhost ${ARGN})
endfunction()

# authhost_rpath(name folder…): the same in the build tree as in a prefix. CMake would pad the one with `:` to the length of the other, and an
# empty entry is the working directory of whoever runs it.
function(authhost_rpath name)
  list(REMOVE_DUPLICATES ARGN)
  set_target_properties(${name} PROPERTIES BUILD_WITH_INSTALL_RPATH ON INSTALL_RPATH "${ARGN}")
endfunction()
