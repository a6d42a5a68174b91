# find_package(stratdock): the target stratdock::plugin_api and the function stratdock_add_strategy().
include(${CMAKE_CURRENT_LIST_DIR}/stratdock-targets.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/StratdockStrategy.cmake)
