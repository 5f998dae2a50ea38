# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
#
# Read before project(). Uses ccache where there is one; SGDMA_CCACHE=OFF switches it off. CC, CXX and
# -DCMAKE_CXX_COMPILER keep their usual meaning.

option(SGDMA_CCACHE "Compile through ccache when it is installed" ON)
if(SGDMA_CCACHE)
  find_program(SGDMA_CCACHE_PROGRAM ccache)
  mark_as_advanced(SGDMA_CCACHE_PROGRAM)
  if(SGDMA_CCACHE_PROGRAM)
    # Precompiled headers need the sloppiness.
    foreach(language IN ITEMS C CXX)
      set(CMAKE_${language}_COMPILER_LAUNCHER
          ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
          ${SGDMA_CCACHE_PROGRAM}
          CACHE STRING "" FORCE)
    endforeach()
  endif()
endif()
