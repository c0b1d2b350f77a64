# What an install prefix holds beside programs, libraries and headers, and the target that builds all of it. Not installed.
set(completions)
foreach(place bash-completion/completions/authhost zsh/site-functions/_authhost fish/vendor_completions.d/authhost.fish)
  string(REGEX MATCH "^[a-z]+" shell ${place})
  set(file ${PROJECT_BINARY_DIR}/share/${place})
  get_filename_component(folder ${place} DIRECTORY)
  file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/share/${folder})
  add_custom_command(OUTPUT ${file} COMMAND authhost-cli completion ${shell} > ${file} DEPENDS authhost-cli VERBATIM)
  list(APPEND completions ${file})
  install(FILES ${file} DESTINATION share/${folder})
endforeach()
add_custom_target(authhost_completions ALL DEPENDS ${completions})

install(FILES config/authhost.example.toml config/authhost.schema.json DESTINATION share/authhost)
# In the shape of the source tree, so that the links between the documents lead somewhere.
install(FILES README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} PATTERN man EXCLUDE)
install(DIRECTORY proto/authhost DESTINATION ${CMAKE_INSTALL_DOCDIR}/proto)
foreach(folder sdk host/core host/clientset)  # the headers that they link to lie where headers lie
  file(RELATIVE_PATH headers ${CMAKE_INSTALL_FULL_DOCDIR}/${folder} ${CMAKE_INSTALL_FULL_INCLUDEDIR})
  install(CODE "set(folder \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DOCDIR}/${folder}\")
    file(MAKE_DIRECTORY \"\${folder}\")
    file(CREATE_LINK \"${headers}\" \"\${folder}/include\" SYMBOLIC)")
endforeach()
install(FILES docs/man/authhost.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)

# The package, which lies in the build tree as in a prefix: find_package(authhost) finds either by the folder of programs in PATH.
set(package ${PROJECT_BINARY_DIR}/lib/cmake/authhost)
install(EXPORT authhost_targets FILE authhostTargets.cmake NAMESPACE authhost:: DESTINATION lib/cmake/authhost)
export(EXPORT authhost_targets FILE ${package}/authhostTargets.cmake NAMESPACE authhost::)
if(TARGET authhost_clientset)
  export(EXPORT authhost_clientset_targets FILE ${package}/authhostClientSetTargets.cmake NAMESPACE authhost::)
endif()
include(CMakePackageConfigHelpers)
write_basic_package_version_file(${package}/authhostConfigVersion.cmake COMPATIBILITY SameMajorVersion)
foreach(file authhostConfig.cmake AuthhostPlugin.cmake authhost_plugin.map)
  configure_file(sdk/cmake/${file} ${package}/${file} COPYONLY)
  list(APPEND package_files sdk/cmake/${file})
endforeach()
install(FILES ${package_files} ${package}/authhostConfigVersion.cmake DESTINATION lib/cmake/authhost)

# For pkg-config the same twice: in a prefix the headers lie together, in the source tree each beside its code.
foreach(name authhost-sdk authhost)
  set(includedir "\${prefix}/include")
  set(libdir "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
  configure_file(sdk/cmake/${name}.pc.in ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION lib/pkgconfig)
  set(includedir ${PROJECT_SOURCE_DIR}/sdk/include)
  if(name STREQUAL "authhost")
    set(includedir ${PROJECT_SOURCE_DIR}/host/core/include)
  endif()
  set(libdir "\${prefix}/lib")
  configure_file(sdk/cmake/${name}.pc.in ${PROJECT_BINARY_DIR}/lib/pkgconfig/${name}.pc @ONLY)
endforeach()

# `cmake --install` fails on what was not built: whoever builds a part for a prefix builds this.
add_custom_target(authhost_prefix)
add_dependencies(authhost_prefix authhost authhost-cli authhost-plugin-runner authhost-conform authhost_builtin_plugins authhost-secret-service authhost_testing
  authhost_completions)
