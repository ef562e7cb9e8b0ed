# SPDX-License-Identifier: BSD-2-Clause
# What scripts/windows-dependencies built, under the names that the rest knows from pkg-config.
if(NOT EXISTS ${VTPM_WINDOWS_ROOT}/stamp)
    message(FATAL_ERROR "the libraries for Windows are missing: run scripts/windows-dependencies")
endif()

function(vtpm_windows_library name)
    add_library(${name} INTERFACE IMPORTED)
    target_include_directories(${name} SYSTEM INTERFACE ${VTPM_WINDOWS_ROOT}/include)
    foreach(library ${ARGN})
        if(EXISTS ${VTPM_WINDOWS_ROOT}/lib/lib${library}.a)
            target_link_libraries(${name} INTERFACE ${VTPM_WINDOWS_ROOT}/lib/lib${library}.a)
        else() # Windows' own
            target_link_libraries(${name} INTERFACE ${library})
        endif()
    endforeach()
endfunction()

vtpm_windows_library(PkgConfig::JANSSON jansson)
vtpm_windows_library(PkgConfig::INIH inih)
vtpm_windows_library(PkgConfig::TSS2 tss2)
set(CURL_INCLUDE_DIRS ${VTPM_WINDOWS_ROOT}/include)
# Its headers bring <windows.h> along.
target_compile_options(PkgConfig::TSS2 INTERFACE -include win32/api.h)
vtpm_windows_library(PkgConfig::CMOCKA cmocka-static)
vtpm_windows_library(CURL::libcurl curl ws2_32 crypt32 bcrypt advapi32 normaliz)
target_compile_definitions(CURL::libcurl INTERFACE CURL_STATICLIB)
