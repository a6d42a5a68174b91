# Run by EmbedAssets.cmake at build time: WEB folder -> WORK copy, npm ci, build_assets.mjs -> SOURCE with .incbin.
set(out ${WORK}/out)
if(NPM)
  file(MAKE_DIRECTORY ${WORK})
  # A copy: the source tree stays as it was checked out.
  file(GLOB entries RELATIVE ${WEB} ${WEB}/*)
  list(REMOVE_ITEM entries node_modules)
  foreach(entry ${entries})
    if(IS_DIRECTORY ${WEB}/${entry})
      file(REMOVE_RECURSE ${WORK}/${entry})
    endif()
    file(COPY ${WEB}/${entry} DESTINATION ${WORK})
  endforeach()
  file(SHA256 ${WEB}/package-lock.json lock)
  set(stamped "")
  if(EXISTS ${WORK}/installed.stamp)
    file(READ ${WORK}/installed.stamp stamped)
  endif()
  if(NOT stamped STREQUAL lock)
    execute_process(COMMAND ${NPM} ci --ignore-scripts --no-audit --no-fund WORKING_DIRECTORY ${WORK} RESULT_VARIABLE result OUTPUT_VARIABLE text ERROR_VARIABLE text)
    if(NOT result EQUAL 0)
      message(FATAL_ERROR "Fetching the web page's libraries (npm ci in ${WORK}) failed:\n${text}\nCheck the network and npm's registry setting, then build again.")
    endif()
    file(WRITE ${WORK}/installed.stamp ${lock})
  endif()
  file(REMOVE_RECURSE ${out})
  execute_process(COMMAND ${NODE} ${WORK}/build_assets.mjs ${out} WORKING_DIRECTORY ${WORK} RESULT_VARIABLE result OUTPUT_VARIABLE text ERROR_VARIABLE text)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "Preparing the web page's files (build_assets.mjs) failed:\n${text}")
  endif()
else()
  # No page in this tree: one that says so, so that the API can be built and tested by itself.
  file(MAKE_DIRECTORY ${out})
  file(WRITE ${out}/index.html "<!doctype html><html lang=\"en\"><title>Stratdock</title><p>This build has no web page. The API is at /api/v1.</p></html>\n")
  file(WRITE ${out}/manifest.tsv "index.html\ttext/html; charset=utf-8\tindex.html\t-\tplaceholder\n")
  file(WRITE ${out}/version "placeholder")
endif()

file(READ ${out}/version version)
string(STRIP "${version}" version)
file(STRINGS ${out}/manifest.tsv lines)
set(assembly "")
set(declarations "")
set(rows "")
set(number 0)
foreach(line ${lines})
  string(REPLACE ";" "\\;" line "${line}")
  string(REPLACE "\t" ";" fields "${line}")
  list(LENGTH fields count)
  if(count LESS 5)
    message(FATAL_ERROR "manifest.tsv: a line has ${count} fields instead of 5: ${line}")
  endif()
  list(GET fields 0 path)
  list(GET fields 1 type)
  list(GET fields 2 file)
  list(GET fields 3 zipped)
  list(GET fields 4 etag)
  string(REPLACE "\"" "" etag "${etag}")
  foreach(kind plain gzip)
    set(bytes ${file})
    if(kind STREQUAL gzip)
      set(bytes ${zipped})
    endif()
    string(APPEND assembly "  \"asset_${number}_${kind}:\\n\"\n")
    if(kind STREQUAL plain OR NOT zipped MATCHES "^(-|)$")
      string(APPEND assembly "  \".incbin \\\"${out}/${bytes}\\\"\\n\"\n")
    endif()
    string(APPEND assembly "  \"asset_${number}_${kind}_end:\\n\"\n")
    string(APPEND declarations "extern const unsigned char asset_${number}_${kind}[], asset_${number}_${kind}_end[];\n")
  endforeach()
  string(APPEND rows "  {\"${path}\", \"${type}\", \"${etag}\", asset_${number}_plain, asset_${number}_plain_end, asset_${number}_gzip, asset_${number}_gzip_end},\n")
  math(EXPR number "${number} + 1")
endforeach()
string(REPLACE "\\;" ";" rows "${rows}")
file(WRITE ${SOURCE} "// Made by cmake/EmbedAssets.cmake; do not edit.
#include \"dashboard/assets.hpp\"
__asm__(\".section .rodata\\n\"
${assembly}  \".byte 0\\n\"
  \".previous\\n\");
extern \"C\" {
${declarations}}
namespace stratdock::dashboard {
const EmbeddedAsset embedded_assets[] = {
${rows}};
const unsigned embedded_asset_count = ${number};
const char* const embedded_assets_version = \"${version}\";
}  // namespace stratdock::dashboard
")
