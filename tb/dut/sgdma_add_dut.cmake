# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
#
# sgdma_add_dut(<target> CHANNELS <n> WIDTH <bits> [SG_PORT] [PARAMETERS <Name=value>...])
#
# A static library with the Verilated engine behind tb::Dut (tb/dut/dut.h). One of these per
# executable: they all define the same class. SG_PORT: with a port of its own for descriptors,
# records and messages.

function(sgdma_add_dut target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "SG_PORT" "CHANNELS;WIDTH" "PARAMETERS")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_CHANNELS OR NOT arg_WIDTH)
    message(FATAL_ERROR "sgdma_add_dut(${target}): needs CHANNELS and WIDTH; unknown: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  set(sg_port 0)
  if(arg_SG_PORT)
    set(sg_port 1)
    list(APPEND arg_PARAMETERS SgPort=1)
  endif()
  sgdma_add_model(${target}_model PREFIX Vsgdma_top
                  PARAMETERS NumChannels=${arg_CHANNELS} DataWidth=${arg_WIDTH} ${arg_PARAMETERS})
  add_library(${target} STATIC ${PROJECT_SOURCE_DIR}/tb/dut/dut.cc ${PROJECT_SOURCE_DIR}/tb/dut/wave_file.cc)
  target_link_libraries(${target} PUBLIC sgdma_tb PRIVATE ${target}_model)
  target_compile_definitions(${target}
    PUBLIC SGDMA_NUM_CHANNELS=${arg_CHANNELS} SGDMA_DATA_WIDTH=${arg_WIDTH} SGDMA_SG_PORT=${sg_port}
    PRIVATE SGDMA_DUT_ASSERT=$<BOOL:${SGDMA_ASSERT}>)
endfunction()
