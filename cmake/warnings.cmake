# SPDX-License-Identifier: BSD-2-Clause
# The warnings every target is built with; the presets of developers and CI make them errors
# (CMAKE_COMPILE_WARNING_AS_ERROR), the others do not: a later compiler warns of more.
add_library(vtpm_warnings INTERFACE)
target_compile_options(vtpm_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wvla -Wformat=2 -Wundef
    $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes;-Wmissing-prototypes>
    $<$<COMPILE_LANGUAGE:CXX>:-Wmissing-declarations;-Wold-style-cast;-Wnon-virtual-dtor>)
if(MINGW) # GCC there checks formats against Windows' printf, which is not the one that is used
    target_compile_options(vtpm_warnings INTERFACE -Wno-format -Wno-format-nonliteral)
endif()
