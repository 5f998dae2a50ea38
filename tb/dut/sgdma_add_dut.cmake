# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
#
# sgdma_add_dut(<target> CHANNELS <n> WIDTH <bits>): a static library with the Verilated engine behind tb::Dut.
# Reads the source list rtl/sgdma.f; its paths are relative to rtl/ or to the project root.

# Splits rtl/sgdma.f into source files and options.
function(_sgdma_read_source_list sources_var options_var)
  set(rtl ${PROJECT_SOURCE_DIR}/rtl)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${rtl}/sgdma.f)
  file(STRINGS ${rtl}/sgdma.f lines)
  set(sources)
  set(options)
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "(//|#).*$" "" line "${line}")
    string(STRIP "${line}" line)
    if(line STREQUAL "")
      continue()
    elseif(line MATCHES "^\\+incdir\\+(.*)$")
      list(APPEND options -I${rtl}/${CMAKE_MATCH_1})
    elseif(line MATCHES "^[-+]")
      list(APPEND options ${line})
    elseif(EXISTS ${rtl}/${line})
      list(APPEND sources ${rtl}/${line})
    elseif(EXISTS ${PROJECT_SOURCE_DIR}/${line})
      list(APPEND sources ${PROJECT_SOURCE_DIR}/${line})
    else()
      message(FATAL_ERROR "rtl/sgdma.f names ${line}, which is neither below rtl/ nor below the project root")
    endif()
  endforeach()
  set(${sources_var} ${sources} PARENT_SCOPE)
  set(${options_var} ${options} PARENT_SCOPE)
endfunction()

function(sgdma_add_dut target)
  cmake_parse_arguments(DUT "" "CHANNELS;WIDTH" "" ${ARGN})
  find_package(verilator REQUIRED HINTS $ENV{VERILATOR_ROOT} /usr/share/verilator
                                        /usr/local/share/verilator)
  _sgdma_read_source_list(sources options)

  set(args -GNumChannels=${DUT_CHANNELS} -GDataWidth=${DUT_WIDTH} ${options})
  if(SGDMA_ASSERT)
    list(APPEND args --assert)
  elseif(verilator_VERSION VERSION_GREATER_EQUAL 5.038)
    list(APPEND args --no-assert)
  endif()
  if(SGDMA_COVERAGE)
    list(APPEND args --coverage-line --coverage-user)
  endif()

  string(TOUPPER "${SGDMA_TRACE}" trace)
  set(waves_vcd OFF)
  set(waves_fst OFF)
  if(trace STREQUAL "VCD")
    set(waves_vcd ON)
  elseif(trace STREQUAL "FST")
    set(waves_fst ON)
  elseif(trace)
    set(waves_vcd ON)
    set(waves_fst ON)
  endif()

  # Measured (tb model with 8 copy lanes): g++ is fastest at -Os, clang at -O3.
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    set(optimise -O3)
  else()
    set(optimise -Os)
  endif()
  if(CMAKE_BUILD_TYPE STREQUAL "Debug")
    set(optimise -O1)
  endif()

  add_library(${target} STATIC ${PROJECT_SOURCE_DIR}/tb/dut/dut.cc)
  target_link_libraries(${target} PUBLIC sgdma_tb)
  target_compile_definitions(
    ${target}
    PUBLIC SGDMA_NUM_CHANNELS=${DUT_CHANNELS} SGDMA_DATA_WIDTH=${DUT_WIDTH}
    PRIVATE VL_USER_STOP_MAYBE
            SGDMA_DUT_VCD=$<BOOL:${waves_vcd}>
            SGDMA_DUT_FST=$<BOOL:${waves_fst}>
            SGDMA_DUT_ASSERT=$<BOOL:${SGDMA_ASSERT}>
            SGDMA_DUT_COVERAGE=$<BOOL:${SGDMA_COVERAGE}>)

  # The model without a suffix has FST waves or none; a second one has VCD waves.
  set(fst_args ${args})
  if(waves_fst)
    list(APPEND fst_args --trace-fst)
  endif()
  if(waves_fst OR NOT waves_vcd)
    verilate(${target} PREFIX Vsgdma_top TOP_MODULE sgdma_top SOURCES ${sources}
             VERILATOR_ARGS ${fst_args} OPT_FAST ${optimise} OPT_SLOW -O1 OPT_GLOBAL -O2)
  endif()
  if(waves_vcd)
    verilate(${target} PREFIX Vsgdma_top_vcd TOP_MODULE sgdma_top SOURCES ${sources}
             VERILATOR_ARGS ${args} --trace OPT_FAST ${optimise} OPT_SLOW -O1 OPT_GLOBAL -O2)
  endif()
  if(waves_fst)
    find_package(ZLIB REQUIRED)
    target_link_libraries(${target} PUBLIC ZLIB::ZLIB)
  endif()
endfunction()
