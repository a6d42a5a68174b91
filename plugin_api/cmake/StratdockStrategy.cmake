# stratdock_add_strategy(name source...): the right build of a strategy library, C++20 or C11, made the only easy one.
#
# The result is name.so, to be dropped into a plugin folder. What it sets, and why:
#   hidden visibility and a version script   the library shows stratdock_entry_v1 and nothing else, so two plugins never
#                                            bind to each other's code
#   -z defs, -z now                          a missing symbol fails the link here, not the first trade there
#   -fno-gnu-unique (gcc)                    no symbol that keeps a library from being unloaded or shared by accident
#   -ffp-contract=off                        the same bits on every machine and compiler: backtest = live
# The C++ run-time library is linked dynamically: the host brings one copy for all plugins and its sandbox allows it.
# A library meant for machines with an older one may add target_link_options(name PRIVATE -static-libstdc++
# -static-libgcc), since nothing of C++ crosses the ABI.
#
# After the build the quick part of `stratdock strategy validate` runs on it, in less than 3 seconds; a library that fails
# fails its build. Outside of Stratdock's own tree the installed program is used. -DSTRATDOCK_VALIDATE=OFF leaves it away.
set(STRATDOCK_STRATEGY_MAP ${CMAKE_CURRENT_LIST_DIR}/stratdock_strategy.map)
option(STRATDOCK_VALIDATE "Run the quick part of `stratdock strategy validate` on each strategy after its build" ON)

# Within Stratdock's own tree, STRATDOCK_PROGRAM_TARGET names the program that is being built.
if(STRATDOCK_VALIDATE AND NOT STRATDOCK_PROGRAM_TARGET AND NOT CMAKE_CROSSCOMPILING)
  # This file lies in PREFIX/lib/cmake/stratdock, or one folder deeper where lib has the machine's name in it.
  find_program(STRATDOCK_PROGRAM stratdock HINTS ${CMAKE_CURRENT_LIST_DIR}/../../../bin ${CMAKE_CURRENT_LIST_DIR}/../../../../bin
    DOC "the program whose `strategy validate` looks at strategies after their build")
  if(NOT STRATDOCK_PROGRAM)
    message(NOTICE "stratdock: the program `stratdock` was not found, so strategies are built without being validated; "
      "install it, or name it by -DSTRATDOCK_PROGRAM=FILE, or say -DSTRATDOCK_VALIDATE=OFF")
  endif()
endif()

function(stratdock_validate_after_build name)
  # A sanitizer's libraries cannot run behind the filters of the validator's processes.
  if(NOT STRATDOCK_VALIDATE OR CMAKE_CROSSCOMPILING OR STRATDOCK_SANITIZE OR "${CMAKE_CXX_FLAGS} ${CMAKE_C_FLAGS}" MATCHES "-fsanitize")
    return()
  endif()
  if(STRATDOCK_PROGRAM_TARGET)
    # A step of its own, so that strategies need not wait for the program; again when either of them changes.
    set(stamp ${CMAKE_CURRENT_BINARY_DIR}/${name}.validated)
    add_custom_command(OUTPUT ${stamp}
      COMMAND $<TARGET_FILE:${STRATDOCK_PROGRAM_TARGET}> strategy validate --quick --brief $<TARGET_FILE:${name}>
      COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
      DEPENDS ${name} ${STRATDOCK_PROGRAM_TARGET} COMMENT "Validating ${name}" VERBATIM)
    add_custom_target(${name}_validated ALL DEPENDS ${stamp})
  elseif(STRATDOCK_PROGRAM)
    add_custom_command(TARGET ${name} POST_BUILD
      COMMAND ${STRATDOCK_PROGRAM} strategy validate --quick --brief $<TARGET_FILE:${name}> COMMENT "Validating ${name}" VERBATIM)
  endif()
endfunction()

function(stratdock_add_strategy name)
  if("${CMAKE_CXX_FLAGS} ${CMAKE_C_FLAGS}" MATCHES "-ffast-math|-Ofast|-march=native")
    message(FATAL_ERROR "stratdock_add_strategy(${name}): ${CMAKE_MATCH_0} changes results from machine to machine; remove it from the compiler flags")
  endif()
  add_library(${name} MODULE ${ARGN})
  target_link_libraries(${name} PRIVATE stratdock::plugin_api)
  set_target_properties(${name} PROPERTIES
    PREFIX "" SUFFIX ".so"
    C_STANDARD 11 CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS ${STRATDOCK_STRATEGY_MAP})
  target_compile_options(${name} PRIVATE
    -ffp-contract=off
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>
    $<$<CONFIG:>:-O2>)
  target_link_options(${name} PRIVATE -Wl,--version-script=${STRATDOCK_STRATEGY_MAP} -Wl,-z,now)
  # A sanitizer's functions are found in the program, so its builds cannot demand that every symbol be bound at link time.
  if(NOT STRATDOCK_SANITIZE AND NOT "${CMAKE_CXX_FLAGS}" MATCHES "-fsanitize")
    target_link_options(${name} PRIVATE -Wl,-z,defs)
  endif()
  if(STRATDOCK_PLUGIN_OUTPUT_DIRECTORY)
    set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${STRATDOCK_PLUGIN_OUTPUT_DIRECTORY})
  endif()
  stratdock_validate_after_build(${name})
endfunction()
