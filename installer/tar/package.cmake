# SPDX-License-Identifier: BSD-2-Clause
# The static agent's archive: a program that runs where it is unpacked, and what belongs to it.
install(TARGETS vtpm-agent RUNTIME DESTINATION . COMPONENT static)
install(FILES docs/vtpm-agent.1 docs/vtpm-agent.conf.example LICENSE installer/tar/README
    DESTINATION . COMPONENT static)
set(CPACK_GENERATOR TGZ)
set(CPACK_COMPONENTS_ALL static)
set(CPACK_ARCHIVE_COMPONENT_INSTALL ON)
set(CPACK_COMPONENT_INCLUDE_TOPLEVEL_DIRECTORY ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_FILE_NAME vtpm-agent-${PROJECT_VERSION}-linux-x86_64)
set(CPACK_ARCHIVE_STATIC_FILE_NAME ${CPACK_PACKAGE_FILE_NAME})
include(CPack)
