# Started by the core at ../libexec/authhost, in the build tree as in a prefix, for a server that speaks gRPC alone.
add_executable(authhost-flyte-rpc flyte_rpc_main.cpp ${PROJECT_SOURCE_DIR}/host/program/process_guard.cpp)
target_link_libraries(authhost-flyte-rpc PRIVATE authhost_clientset nlohmann_json::nlohmann_json)
authhost_libexec_program(authhost-flyte-rpc OPTIONAL)
if(AUTHHOST_SANITIZE MATCHES "thread")
  target_sources(authhost-flyte-rpc PRIVATE ${PROJECT_SOURCE_DIR}/tests/support/tsan_options.cpp)
  set_source_files_properties(${PROJECT_SOURCE_DIR}/tests/support/tsan_options.cpp PROPERTIES
    COMPILE_DEFINITIONS AUTHHOST_TSAN_SUPPRESSIONS="${PROJECT_SOURCE_DIR}/tests/support/tsan.supp")
endif()
