# SPDX-License-Identifier: BSD-2-Clause
# Windows on x86-64 by Debian's mingw-w64. Libraries come from .cache/windows alone, where
# scripts/windows-dependencies builds them.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
# The variant with Windows' own threads: the other brings libwinpthread along.
set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc-win32)
set(CMAKE_RC_COMPILER x86_64-w64-mingw32-windres)
set(CMAKE_AR x86_64-w64-mingw32-gcc-ar-win32)
set(CMAKE_RANLIB x86_64-w64-mingw32-gcc-ranlib-win32)

set(VTPM_WINDOWS_ROOT ${CMAKE_CURRENT_LIST_DIR}/../../.cache/windows)
set(CMAKE_FIND_ROOT_PATH /usr/x86_64-w64-mingw32 ${VTPM_WINDOWS_ROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

# Windows 8.1 and Server 2012 R2 on: what has a TPM 2.0 has at least these.
# __USE_MINGW_ANSI_STDIO: C11's printf and scanf, whose %zu and %ll Windows' own do not know.
# All in one file: GCC's own library too.
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static")
set(CMAKE_C_FLAGS_INIT "-D_WIN32_WINNT=0x0603 -D__USE_MINGW_ANSI_STDIO=1")
