# SPDX-License-Identifier: BSD-2-Clause
# The programs that are shipped do not tell where they were built, nor when: the same source gives the
# same bytes. Under a debugger, the directory to start in is the source's.
add_library(vtpm_reproducible INTERFACE)
if(CMAKE_BUILD_TYPE STREQUAL RelWithDebInfo)
    set(prefix_map -ffile-prefix-map=${PROJECT_SOURCE_DIR}/= -ffile-prefix-map=${PROJECT_SOURCE_DIR}=.)
    target_compile_options(vtpm_reproducible INTERFACE ${prefix_map})
    target_link_options(vtpm_reproducible INTERFACE ${prefix_map}) # for what LTO compiles
endif()
if(WIN32)
    target_link_options(vtpm_reproducible INTERFACE -Wl,--no-insert-timestamp)
endif()
