# SPDX-License-Identifier: LGPL-2.1-or-later
# LibTorch as the target nodal-torch. Its own package configuration asks for
# libraries that only its CUDA parts need, so it is looked for by hand.

find_path(TORCH_INCLUDE torch/torch.h
          PATH_SUFFIXES torch/csrc/api/include REQUIRED)
find_path(TORCH_CSRC_INCLUDE torch/csrc/autograd/variable.h REQUIRED)
find_library(TORCH_CPU torch_cpu REQUIRED)
find_library(TORCH_C10 c10 REQUIRED)
# What makes `Training/Device = cuda` work, where LibTorch was built with CUDA.
# Nothing calls these libraries by name, they announce themselves when loaded.
find_library(TORCH_CUDA torch_cuda)
find_library(TORCH_C10_CUDA c10_cuda)
find_package(nlohmann_json REQUIRED)

set(NODAL_TORCH_LIBRARIES ${TORCH_CPU} ${TORCH_C10})
if(TORCH_CUDA AND TORCH_C10_CUDA)
  list(APPEND NODAL_TORCH_LIBRARIES -Wl,--push-state,--no-as-needed
       ${TORCH_CUDA} ${TORCH_C10_CUDA} -Wl,--pop-state)
endif()

add_library(nodal-torch INTERFACE)
target_include_directories(nodal-torch SYSTEM INTERFACE
                           ${TORCH_INCLUDE} ${TORCH_CSRC_INCLUDE})
target_link_libraries(nodal-torch INTERFACE ${NODAL_TORCH_LIBRARIES})

set(NODAL_TORCH_VERSION "")
foreach(part MAJOR MINOR PATCH)
  file(STRINGS ${TORCH_INCLUDE}/torch/version.h line
       REGEX "#define TORCH_VERSION_${part} ")
  string(REGEX MATCH "[0-9]+$" number "${line}")
  list(APPEND NODAL_TORCH_VERSION ${number})
endforeach()
list(JOIN NODAL_TORCH_VERSION "." NODAL_TORCH_VERSION)
