# SPDX-FileCopyrightText: sgdma contributors
# SPDX-License-Identifier: Apache-2.0
#
# sgdma_add_model(<target> [TOP <module>] [PREFIX <class>] [PARAMETERS <Name=value>...] [SOURCES <file>...]
#                 [VERILATOR_ARGS <arg>...])
#
# A static library with the Verilated class <class> of module <module> and nothing else. The RTL of rtl/sgdma.f is
# always read; SOURCES adds bound checkers or a test wrapper. Include path and Verilator's run-time come with the
# target, as system headers. Assertions, coverage and FST waves follow SGDMA_ASSERT, SGDMA_COVERAGE, SGDMA_TRACE.
# Defaults: TOP sgdma_top, PREFIX V<TOP>.
#
#   sgdma_add_model(sgdma_model_c1 PREFIX VSgdmaC1 PARAMETERS NumChannels=1 DataWidth=64)

find_package(Threads REQUIRED)
if(SGDMA_MODEL)
  find_package(verilator 5.006 QUIET HINTS $ENV{VERILATOR_ROOT} /usr/share/verilator /usr/local/share/verilator)
  if(NOT verilator_FOUND)
    message(FATAL_ERROR "Verilator 5.006 or newer not found. Run scripts/setup.sh, or set VERILATOR_ROOT, or "
                        "build without models: -DSGDMA_MODEL=OFF")
  endif()
endif()

# g++ makes the fastest model at -Os, clang++ at -O3 (measured: docs/performance.md).
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  set(SGDMA_MODEL_OPTIMISE -O1)
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(SGDMA_MODEL_OPTIMISE -Os)
else()
  set(SGDMA_MODEL_OPTIMISE -O3)
endif()

# sgdma_rtl_sources(<variable>): absolute paths of the files in rtl/sgdma.f, in order; waivers (.vlt) too. Paths in the
# list are relative to rtl/ or to the root.
function(sgdma_rtl_sources variable)
  set(list_file "${PROJECT_SOURCE_DIR}/rtl/sgdma.f")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${list_file}")
  file(STRINGS "${list_file}" lines)
  set(sources)
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "(//|#).*$" "" line "${line}")
    string(STRIP "${line}" line)
    if(line MATCHES "^[-+]")
      message(FATAL_ERROR "rtl/sgdma.f is a list of files; every tool reads it, so it has no options: ${line}")
    elseif(line AND EXISTS "${PROJECT_SOURCE_DIR}/rtl/${line}")
      list(APPEND sources "${PROJECT_SOURCE_DIR}/rtl/${line}")
    elseif(line)
      list(APPEND sources "${PROJECT_SOURCE_DIR}/${line}")
    endif()
  endforeach()
  set(${variable} "${sources}" PARENT_SCOPE)
endfunction()

# verilate() compiles Verilator's run-time into every model; here it is compiled once, as sgdma_verilated.
function(sgdma_share_verilator_runtime model)
  get_target_property(sources ${model} SOURCES)
  set(runtime ${sources})
  list(FILTER runtime INCLUDE REGEX "^${VERILATOR_ROOT}/include/.*[.]cpp$")
  list(REMOVE_ITEM sources ${runtime})
  set_target_properties(${model} PROPERTIES SOURCES "${sources}")
  if(NOT TARGET sgdma_verilated)
    add_library(sgdma_verilated STATIC ${runtime})
    target_compile_options(sgdma_verilated PRIVATE -w $<$<NOT:$<CONFIG:Debug>>:-O1>)  # what is hot is in its headers
    target_include_directories(sgdma_verilated SYSTEM PUBLIC ${VERILATOR_ROOT}/include ${VERILATOR_ROOT}/include/vltstd)
    target_compile_definitions(sgdma_verilated PRIVATE $<TARGET_PROPERTY:${model},COMPILE_DEFINITIONS>)
    target_link_libraries(sgdma_verilated PUBLIC Threads::Threads)
  else()
    get_target_property(known sgdma_verilated SOURCES)
    list(REMOVE_ITEM runtime ${known})
    if(runtime)
      target_sources(sgdma_verilated PRIVATE ${runtime})
    endif()
  endif()
  target_link_libraries(${model} PUBLIC sgdma_verilated)
endfunction()

# verilate() compiles dozens of files, most of the time reading the same headers; here two that include them, as
# Verilator's own makefile does: what runs each cycle, and what runs once.
function(sgdma_compile_model_at_once model)
  get_target_property(sources ${model} SOURCES)
  set(fast)
  set(slow)
  foreach(source IN LISTS sources)
    if(source MATCHES "__Slow[.]cpp$|__Syms[.]cpp$")
      string(APPEND slow "#include \"${source}\"\n")
    elseif(source MATCHES "[.]cpp$")
      string(APPEND fast "#include \"${source}\"\n")
    else()
      continue()
    endif()
    set_source_files_properties(${source} PROPERTIES HEADER_FILE_ONLY ON)  # still makes Verilator run
  endforeach()
  foreach(part IN ITEMS fast slow)
    set(file ${CMAKE_CURRENT_BINARY_DIR}/${model}_${part}.cpp)
    file(CONFIGURE OUTPUT ${file} CONTENT "${${part}}" @ONLY)
    target_sources(${model} PRIVATE ${file})
  endforeach()
  set_source_files_properties(${CMAKE_CURRENT_BINARY_DIR}/${model}_fast.cpp PROPERTIES COMPILE_OPTIONS
                              ${SGDMA_MODEL_OPTIMISE})
  set_source_files_properties(${CMAKE_CURRENT_BINARY_DIR}/${model}_slow.cpp PROPERTIES COMPILE_OPTIONS -O0)
endfunction()

function(sgdma_add_model target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TOP;PREFIX" "PARAMETERS;SOURCES;VERILATOR_ARGS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "sgdma_add_model(${target}): unknown arguments ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT arg_TOP)
    set(arg_TOP sgdma_top)
  endif()
  if(NOT arg_PREFIX)
    set(arg_PREFIX V${arg_TOP})
  endif()

  # No timing: the design has no delays. Lint is fatal in `make lint`, not here: a newer Verilator knows new warnings.
  # An illegal combination of parameters ($error at elaboration) is fatal here too.
  # The search path is for the build after a module was added: an old build runs Verilator with its old list before it
  # configures itself anew.
  set(args --no-timing -Wno-fatal -Werror-USERERROR --quiet-exit -I${PROJECT_SOURCE_DIR}/rtl ${arg_VERILATOR_ARGS})
  if(SGDMA_ASSERT)
    list(APPEND args --assert)
  else()
    list(APPEND args --no-assert)
  endif()
  if(SGDMA_COVERAGE)
    list(APPEND args --coverage-line --coverage-user)
  endif()
  set(trace)
  if(SGDMA_TRACE)
    set(trace TRACE_FST)
    list(APPEND args --trace-structs)  # fields of a descriptor one by one
  endif()
  foreach(parameter IN LISTS arg_PARAMETERS)
    list(APPEND args -G${parameter})
  endforeach()

  sgdma_rtl_sources(rtl)
  set(sources ${rtl})
  foreach(source IN LISTS arg_SOURCES)
    cmake_path(ABSOLUTE_PATH source)
    list(APPEND sources ${source})
  endforeach()

  add_library(${target} STATIC)
  verilate(${target} ${trace} TOP_MODULE ${arg_TOP} PREFIX ${arg_PREFIX} SOURCES ${sources} VERILATOR_ARGS ${args}
           OPT_FAST ${SGDMA_MODEL_OPTIMISE} OPT_SLOW -O0)
  sgdma_share_verilator_runtime(${target})
  sgdma_compile_model_at_once(${target})
  target_compile_options(${target} PRIVATE -w)
  target_compile_definitions(${target} INTERFACE VM_COVERAGE=$<BOOL:${SGDMA_COVERAGE}> VM_TRACE=$<BOOL:${SGDMA_TRACE}>)
  set_target_properties(${target} PROPERTIES SYSTEM ON CXX_CLANG_TIDY "")
  if(SGDMA_TRACE)
    find_package(ZLIB REQUIRED)
    target_link_libraries(${target} PUBLIC ZLIB::ZLIB)
  endif()
endfunction()
