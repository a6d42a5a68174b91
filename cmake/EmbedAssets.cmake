# stratdock_embed_assets(WEB_FOLDER OUT_VARIABLE): a C++ source that carries the page's files, made when one of them changes.
# The third-party files come from npm at the versions that package-lock.json fixes; nothing is fetched again until it changes.
function(stratdock_embed_assets web_folder out_variable)
  set(work ${CMAKE_CURRENT_BINARY_DIR}/web)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/embedded_assets.cpp)
  set(script ${PROJECT_SOURCE_DIR}/cmake/EmbedAssetsRun.cmake)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS ${web_folder}/*)
  list(FILTER files EXCLUDE REGEX "/node_modules/")
  set(npm "")
  set(node "")
  if(EXISTS ${web_folder}/build_assets.mjs)
    find_program(STRATDOCK_NODE node)
    find_program(STRATDOCK_NPM npm)
    if(NOT STRATDOCK_NODE OR NOT STRATDOCK_NPM)
      message(FATAL_ERROR "The web page needs node and npm to be built, and they were not found.\n"
        "Install them (Debian: apt-get install --no-install-recommends nodejs npm) and configure again.")
    endif()
    set(npm ${STRATDOCK_NPM})
    set(node ${STRATDOCK_NODE})
    # An asset that comes or goes is a new configuration, or its ETag and the table would be stale.
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${files})
  endif()
  add_custom_command(OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} -DWEB=${web_folder} -DWORK=${work} -DSOURCE=${source} -DNPM=${npm} -DNODE=${node} -P ${script}
    DEPENDS ${files} ${script}
    COMMENT "Preparing the web page"
    VERBATIM)
  set(${out_variable} ${source} PARENT_SCOPE)
endfunction()
