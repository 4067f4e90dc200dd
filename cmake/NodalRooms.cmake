# SPDX-License-Identifier: LGPL-2.1-or-later
# One OBJECT library per room, so that a source file that only registers
# itself is never dropped by the linker, and one library of them all.

string(TOUPPER "${CMAKE_BUILD_TYPE}" NODAL_BUILD_TYPE)
if(NODAL_BUILD_TYPE STREQUAL "DEBUG")
  set(NODAL_DEAL_II_BUILD DEBUG)
else()
  set(NODAL_DEAL_II_BUILD RELEASE)
endif()

add_library(nodal-options INTERFACE)
target_include_directories(nodal-options INTERFACE
  $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/include>
  $<INSTALL_INTERFACE:include>)
target_compile_features(nodal-options INTERFACE cxx_std_17)

function(nodal_compile_options target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic
    -Wno-missing-braces $<$<CONFIG:Release>:-g0>)
  if(NODAL_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(NODAL_SANITIZE)
    # An undefined operation ends the program, as a bad address does. GCC
    # warns falsely of uninitialised variables in instrumented code.
    target_compile_options(${target} PRIVATE -fsanitize=${NODAL_SANITIZE}
                           -fno-sanitize-recover=all -fno-sanitize=vptr
                           -fno-omit-frame-pointer -O1 -g1
                           -Wno-maybe-uninitialized)
    target_link_options(${target} PRIVATE -fsanitize=${NODAL_SANITIZE})
  endif()
endfunction()

# Compile several sources as one: reading deal.II's headers and instantiating
# its templates, most of the time, is then done once for all of them.
# NODAL_UNITY=1 compiles each by itself, for work on a few of them.
function(nodal_unity target)
  if(NODAL_UNITY GREATER 1)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON
                          UNITY_BUILD_BATCH_SIZE ${NODAL_UNITY})
    # Meant for unnamed namespaces in headers; to the compiler a source is one.
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
  endif()
endfunction()

# The revision is that of the last configuration.
execute_process(COMMAND git describe --always --dirty
                WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
                OUTPUT_VARIABLE NODAL_GIT_REVISION
                OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT NODAL_GIT_REVISION)
  set(NODAL_GIT_REVISION "unknown")
endif()
configure_file(${CMAKE_SOURCE_DIR}/cmake/revision.cc.in
               ${CMAKE_BINARY_DIR}/revision.cc @ONLY)

set(NODAL_ROOMS "" CACHE INTERNAL "")

# nodal_room(ROOM [LIBRARY...]): the sources of a room, and what they need
# besides deal.II.
function(nodal_room room)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/source/${room}/*.cc)
  if(NOT sources)
    return()
  endif()
  add_library(nodal-${room} OBJECT ${sources})
  set_target_properties(nodal-${room} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_link_libraries(nodal-${room} PUBLIC nodal-options PRIVATE ${ARGN})
  deal_ii_setup_target(nodal-${room} ${NODAL_DEAL_II_BUILD})
  nodal_compile_options(nodal-${room})
  nodal_unity(nodal-${room})
  set(NODAL_ROOMS ${NODAL_ROOMS} ${room} CACHE INTERNAL "")
endfunction()

# Kernels for one kind of processor each, chosen at run time: the files
# ${stem}_generic.cc, ${stem}_avx2.cc and ${stem}_avx512.cc. They include no
# header whose inline functions another file might share.
function(nodal_kernels stem)
  set(file ${CMAKE_SOURCE_DIR}/source/${stem}_)
  set_source_files_properties(${file}generic.cc ${file}avx2.cc ${file}avx512.cc
    PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON COMPILE_OPTIONS
    "-O2;-fno-unroll-loops;-fno-unroll-all-loops;-ffp-contract=fast;-fno-math-errno;-Wno-psabi")
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    set_property(SOURCE ${file}avx2.cc APPEND PROPERTY COMPILE_OPTIONS
                 -mavx2 -mfma)
    set_property(SOURCE ${file}avx512.cc APPEND PROPERTY COMPILE_OPTIONS
                 -mavx2 -mfma -mavx512f -mavx512dq -mavx512vl
                 -mprefer-vector-width=512)
  endif()
  # Sanitizers take ten minutes to compile for each of these; they see the same
  # kernels in the generic form.
  if(NODAL_SANITIZE)
    set_property(SOURCE ${file}avx2.cc ${file}avx512.cc APPEND PROPERTY
                 COMPILE_OPTIONS -fno-sanitize=all)
  endif()
endfunction()

function(nodal_library)
  set(objects "")
  foreach(room ${NODAL_ROOMS})
    list(APPEND objects $<TARGET_OBJECTS:nodal-${room}>)
  endforeach()
  add_library(nodal SHARED ${objects} ${CMAKE_BINARY_DIR}/revision.cc)
  target_link_libraries(nodal nodal-options ${NODAL_TORCH_LIBRARIES})
  deal_ii_setup_target(nodal ${NODAL_DEAL_II_BUILD})
  nodal_compile_options(nodal)
endfunction()
