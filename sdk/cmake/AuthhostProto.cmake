# How this project builds generated code. Not installed.

# authhost_proto_library(name SHARED|STATIC IMPORT_DIR dir PROTOS files…): the messages of these files, and the stubs of those with
# a service, as one library. Files are named from IMPORT_DIR, and so are their headers: "flyteidl2/auth/identity.grpc.pb.h".
function(authhost_proto_library name kind)
  cmake_parse_arguments(arg "" "IMPORT_DIR" "PROTOS" ${ARGN})
  set(headers ${PROJECT_BINARY_DIR}/proto-include)
  set(depfiles ${CMAKE_CURRENT_BINARY_DIR}/${name}.deps)
  file(MAKE_DIRECTORY ${headers} ${depfiles})
  set(sources)
  foreach(proto ${arg_PROTOS})
    set(file ${arg_IMPORT_DIR}/${proto})
    string(REGEX REPLACE "\\.proto$" "" stem ${proto})
    string(REPLACE "/" "." dotted ${stem})
    set(depfile ${depfiles}/${dotted}.d)
    set(outputs ${headers}/${stem}.pb.cc ${headers}/${stem}.pb.h)
    set(stubs)
    file(STRINGS ${file} service REGEX "^service ")
    if(service)
      list(PREPEND outputs ${headers}/${stem}.grpc.pb.cc ${headers}/${stem}.grpc.pb.h)  # first in the depfile, too
      set(stubs --grpc_out=${headers} --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin>)
    endif()
    add_custom_command(OUTPUT ${outputs}
      COMMAND protobuf::protoc --proto_path=${arg_IMPORT_DIR} --dependency_out=${depfile} --cpp_out=${headers} ${stubs} ${proto}
      DEPENDS ${file} DEPFILE ${depfile} COMMENT "Generating ${stem}.pb.h" VERBATIM)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})  # it may get its first service
    list(APPEND sources ${outputs})
  endforeach()

  add_library(${name} ${kind} ${sources})
  target_include_directories(${name} SYSTEM PUBLIC $<BUILD_INTERFACE:${headers}>)
  target_link_libraries(${name} PUBLIC gRPC::grpc++ protobuf::libprotobuf)
  # Nobody's handwriting, and much of it: no warnings, little optimisation, no debug information, few translation units.
  set(optimisation -O1)
  if(CMAKE_BUILD_TYPE STREQUAL "Debug" OR AUTHHOST_SANITIZE)
    set(optimisation -O0)
  endif()
  target_compile_options(${name} PRIVATE -w -g0 ${optimisation})
  # Two static names are the same in every generated file, so each gets its file's own suffix.
  set_target_properties(${name} PROPERTIES CXX_CLANG_TIDY "" UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 12
    UNITY_BUILD_UNIQUE_ID AUTHHOST_FILE_ID
    UNITY_BUILD_CODE_BEFORE_INCLUDE "#include <google/protobuf/generated_message_reflection.h>
#define AUTHHOST_JOIN_NOW(a, b) a##b
#define AUTHHOST_JOIN(a, b) AUTHHOST_JOIN_NOW(a, b)
#define schemas AUTHHOST_JOIN(schemas_, AUTHHOST_FILE_ID)
#define file_default_instances AUTHHOST_JOIN(file_default_instances_, AUTHHOST_FILE_ID)"
    UNITY_BUILD_CODE_AFTER_INCLUDE "#undef schemas
#undef file_default_instances")
endfunction()
