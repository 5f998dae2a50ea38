# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
#
# Target sgdma_build_info: header "sgdma_build_info.h" with the version of project() and the options of this build.

configure_file(${CMAKE_CURRENT_LIST_DIR}/sgdma_build_info.h.in
               ${CMAKE_CURRENT_BINARY_DIR}/build_info/sgdma_build_info.h @ONLY)
add_library(sgdma_build_info INTERFACE)
target_include_directories(sgdma_build_info INTERFACE ${CMAKE_CURRENT_BINARY_DIR}/build_info)
