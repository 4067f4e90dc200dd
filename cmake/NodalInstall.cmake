# SPDX-License-Identifier: LGPL-2.1-or-later
# `cmake --install` and find_package(nodal).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS nodal nodal-options EXPORT nodal-targets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS nodal_pc LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
set_target_properties(nodal_pc PROPERTIES INSTALL_RPATH "$ORIGIN")
install(TARGETS nodal-main RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
set_target_properties(nodal-main PROPERTIES
                      INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
install(DIRECTORY include/nodal DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY prm meshes models docs examples
        DESTINATION ${CMAKE_INSTALL_DATADIR}/nodal)
install(EXPORT nodal-targets NAMESPACE nodal::
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/nodal)
configure_package_config_file(
  cmake/nodalConfig.cmake.in ${CMAKE_BINARY_DIR}/nodalConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/nodal)
write_basic_package_version_file(
  ${CMAKE_BINARY_DIR}/nodalConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/nodalConfig.cmake
              ${CMAKE_BINARY_DIR}/nodalConfigVersion.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/nodal)
