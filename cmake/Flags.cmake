# Compile flags that every target of ours shares. Linked as `stratdock_flags`.
add_library(stratdock_flags INTERFACE)
target_compile_options(stratdock_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Werror
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor -Woverloaded-virtual -Wextra-semi>
  -fno-omit-frame-pointer -ffp-contract=off
  # g++ 12 sees uninitialised texts in the moves of tl::expected<void, E> where there are none.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
target_include_directories(stratdock_flags INTERFACE ${PROJECT_SOURCE_DIR})
# A broken invariant must stop a release build as well (see core/check.hpp); the library's own cheap checks stay on too.
target_compile_definitions(stratdock_flags INTERFACE _GLIBCXX_ASSERTIONS)

# All libraries are the system's: the program looks nowhere else for them, least of all in the folder it is started from.
set(CMAKE_SKIP_RPATH ON)

if(STRATDOCK_SANITIZE)
  add_compile_options(-fsanitize=${STRATDOCK_SANITIZE} -g)
  add_link_options(-fsanitize=${STRATDOCK_SANITIZE})
  add_compile_definitions(STRATDOCK_SANITIZE=1)
  if(STRATDOCK_SANITIZE STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Asio fences where the sanitizer cannot look: g++ says so at every place, and as an error.
    add_compile_options(-Wno-tsan)
  endif()
  if(STRATDOCK_SANITIZE STREQUAL "address")
    # vptr: Debian's cpprestsdk is built without type information that the check expects (one false positive).
    add_compile_options(-fsanitize=undefined -fno-sanitize=vptr)
    add_link_options(-fsanitize=undefined)
  endif()
endif()
