# authhost_add_plugin(<name> <sources…>): a native authenticator plugin, <name>.so, that exports the one symbol
# `authhost_plugin_v1` and needs nothing but what its code really uses.
function(authhost_add_plugin name)
  add_library(${name} MODULE ${ARGN})
  target_link_libraries(${name} PRIVATE authhost::sdk)
  set(map ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/authhost_plugin.map)
  target_link_options(${name} PRIVATE -Wl,--as-needed -Wl,--version-script=${map})
  set_target_properties(${name} PROPERTIES PREFIX "" SUFFIX ".so" CXX_VISIBILITY_PRESET hidden C_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON POSITION_INDEPENDENT_CODE ON LINK_DEPENDS ${map})
  if(CMAKE_LIBRARY_OUTPUT_DIRECTORY)
    set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/authhost/plugins)
  endif()
endfunction()
