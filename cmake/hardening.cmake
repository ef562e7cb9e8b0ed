# SPDX-License-Identifier: BSD-2-Clause
# What a program that reads untrusted bytes is built with. Off where a sanitizer is on: they do not
# mix well with _FORTIFY_SOURCE.
option(VTPM_HARDENED "stack protector, FORTIFY, PIE, RELRO" OFF)

add_library(vtpm_hardening INTERFACE)
if(VTPM_HARDENED AND WIN32)
    # Data is not executed, and the program is loaded at a random address of 64 bits.
    target_compile_options(vtpm_hardening INTERFACE
        -fstack-protector-strong -ftrivial-auto-var-init=zero -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
        -ffunction-sections)
    target_link_options(vtpm_hardening INTERFACE
        -Wl,--nxcompat,--dynamicbase,--high-entropy-va,--gc-sections)
    target_link_libraries(vtpm_hardening INTERFACE ssp) # what these two options call
elseif(VTPM_HARDENED)
    set(CMAKE_POSITION_INDEPENDENT_CODE ON)
    if(NOT VTPM_STATIC) # -pie would undo -static-pie
        include(CheckPIESupported)
        check_pie_supported(LANGUAGES C CXX)
    endif()
    target_compile_options(vtpm_hardening INTERFACE
        -fstack-protector-strong -fstack-clash-protection
        -ftrivial-auto-var-init=zero -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
    # Each processor has a name of its own for what keeps a return or a jump where it belongs.
    include(CheckCCompilerFlag)
    foreach(flag -fcf-protection -mbranch-protection=standard)
        string(MAKE_C_IDENTIFIER "VTPM_HAS${flag}" has)
        check_c_compiler_flag(${flag} ${has})
        if(${has})
            target_compile_options(vtpm_hardening INTERFACE ${flag})
        endif()
    endforeach()
    target_link_options(vtpm_hardening INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)
endif()
