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
install(FILES docs/man/authhost.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)

configure_file(sdk/cmake/authhost.pc.in ${PROJECT_BINARY_DIR}/authhost.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/authhost.pc DESTINATION lib/pkgconfig)
install(EXPORT authhost_targets FILE authhostTargets.cmake NAMESPACE authhost:: DESTINATION lib/cmake/authhost)
include(CMakePackageConfigHelpers)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/authhostConfigVersion.cmake COMPATIBILITY SameMajorVersion)
install(FILES sdk/cmake/authhostConfig.cmake ${PROJECT_BINARY_DIR}/authhostConfigVersion.cmake DESTINATION lib/cmake/authhost)

# `cmake --install` fails on what was not built: whoever builds a part for a prefix builds this.
add_custom_target(authhost_prefix)
add_dependencies(authhost_prefix authhost authhost-cli authhost-plugin-runner authhost-conform authhost_builtin_plugins authhost-secret-service authhost_testing
  authhost_completions)
