# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
#
# sgdma_add_test(<target> LABEL <unit|rtl|cosim|compliance> SOURCES <file>... [LIBRARIES <target>...])
#
# A GoogleTest program whose tests ctest runs one by one, labelled <label>. A suite whose name ends in `Long` has the
# label `<label>-long` instead: `make test` leaves it out, `make regress` runs it. (gtest_discover_tests cannot give
# two labels to a test; `ctest -L cosim` matches both, `ctest -L long` the campaigns.)

find_package(GTest REQUIRED)
find_package(rapidcheck REQUIRED)
find_package(Threads REQUIRED)
include(GoogleTest)

# Tests are compiled without optimisation, unlike what they test: it costs more time than they have to run.
set(SGDMA_TEST_OPTIMISE -O0)

# main(), and the headers that take seconds to read, read once for all test programs.
add_library(sgdma_test_main STATIC ${CMAKE_CURRENT_LIST_DIR}/test_main.cc)
target_link_libraries(sgdma_test_main PUBLIC GTest::gmock rapidcheck rapidcheck_gtest Threads::Threads)
target_compile_options(sgdma_test_main PRIVATE ${SGDMA_TEST_OPTIMISE})
target_precompile_headers(sgdma_test_main PRIVATE <gmock/gmock.h> <gtest/gtest.h> <rapidcheck.h> <rapidcheck/gtest.h>
                          <cstdint> <functional> <map> <memory> <optional> <span> <string> <vector>)

# sgdma_test_code(<target>): a program or library of test code.
function(sgdma_test_code target)
  target_link_libraries(${target} PRIVATE sgdma_test_main)
  target_compile_options(${target} PRIVATE ${SGDMA_TEST_OPTIMISE})
  target_precompile_headers(${target} REUSE_FROM sgdma_test_main)
endfunction()

function(sgdma_add_test target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LABEL" "SOURCES;LIBRARIES")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_LABEL OR NOT arg_SOURCES)
    message(FATAL_ERROR "sgdma_add_test(${target}): needs LABEL and SOURCES; unknown: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  add_executable(${target} ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE ${arg_LIBRARIES})
  sgdma_test_code(${target})
  set(common DISCOVERY_TIMEOUT 60)
  gtest_discover_tests(${target} ${common} TEST_FILTER "-*Long.*" TEST_LIST ${target}_tests
                       PROPERTIES LABELS ${arg_LABEL} TIMEOUT 120)
  gtest_discover_tests(${target} ${common} TEST_FILTER "*Long.*" TEST_LIST ${target}_long_tests
                       PROPERTIES LABELS ${arg_LABEL}-long TIMEOUT 1500)
endfunction()
