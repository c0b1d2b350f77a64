# authhost_add_plugin(<name> <sources…>): a native authenticator plugin, <name>.so, that exports the one symbol
# `authhost_plugin_v1` and needs nothing but what its code really uses. The host would refuse it where its group may write to it or
# to its folder, as a umask of 002 has it, so that is taken back.
function(authhost_add_plugin name)
  add_library(${name} MODULE ${ARGN})
  target_link_libraries(${name} PRIVATE authhost::sdk)
  set(map ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/authhost_plugin.map)
  target_link_options(${name} PRIVATE -Wl,--as-needed -Wl,--version-script=${map})
  set_target_properties(${name} PROPERTIES PREFIX "" SUFFIX ".so" CXX_VISIBILITY_PRESET hidden C_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON POSITION_INDEPENDENT_CODE ON LINK_DEPENDS ${map})
  add_custom_command(TARGET ${name} POST_BUILD COMMAND chmod go-w $<TARGET_FILE:${name}> $<TARGET_FILE_DIR:${name}> VERBATIM)
  if(CMAKE_LIBRARY_OUTPUT_DIRECTORY)
    set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/authhost/plugins)
  endif()
endfunction()

# authhost_add_conformance_test(<target>): a CTest test that runs the conformance kit (docs/conformance.md) on a plugin that
# authhost_add_plugin() made. authhost_add_conformance_test(NAME <name> PROGRAM <path> [PROFILE <file>]): the same for an exec
# plugin, or a manifest; a project of no language (NONE) will do. PROFILE, a file with [profiles.check], goes with both.
function(authhost_add_conformance_test)
  cmake_parse_arguments(arg "" "NAME;PROGRAM;PROFILE" "" ${ARGN})
  if(arg_PROGRAM AND arg_NAME AND NOT arg_UNPARSED_ARGUMENTS)
    get_filename_component(plugin ${arg_PROGRAM} ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
  elseif(TARGET "${arg_UNPARSED_ARGUMENTS}" AND NOT arg_PROGRAM)
    if(NOT arg_NAME)
      set(arg_NAME ${arg_UNPARSED_ARGUMENTS})
    endif()
    set(plugin $<TARGET_FILE:${arg_UNPARSED_ARGUMENTS}>)
  else()
    message(FATAL_ERROR "authhost_add_conformance_test(<target> [PROFILE <file>]) or (NAME <name> PROGRAM <path> [PROFILE <file>])")
  endif()
  set(options)
  if(arg_PROFILE)
    get_filename_component(profile ${arg_PROFILE} ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
    set(options --profile ${profile})
  endif()
  # In authhost's own build the kit is a target; beside an installed package it lies in its prefix.
  if(TARGET authhost-conform)
    set(kit $<TARGET_FILE:authhost-conform>)
  else()
    get_filename_component(kit ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../../../libexec/authhost/authhost-conform ABSOLUTE)
  endif()
  add_test(NAME "conformance: ${arg_NAME}" COMMAND ${kit} ${options} ${plugin})
  set_tests_properties("conformance: ${arg_NAME}" PROPERTIES TIMEOUT 300)
endfunction()
