# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
#
# Languages and warnings of our own code. Verilated code is compiled by sgdma_add_model() without warnings.

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

add_compile_options(-Wall -Wextra $<$<BOOL:${SGDMA_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False alarms of GCC 12 about std::string in optimised code (its bugs 105329, 105651).
  add_compile_options(-Wno-restrict -Wno-stringop-overflow)
endif()
# A failed test names its file from the root of the project.
add_compile_options(-fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=)
if(SGDMA_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()
