# SPDX-License-Identifier: BSD-2-Clause
# Run by CPack before it packs what it has installed: every file has the commit's date, also one that is
# older. rpm looks at the latter, and only takes younger dates back by itself.
if(DEFINED ENV{SOURCE_DATE_EPOCH})
    execute_process(COMMAND find ${CPACK_TEMPORARY_DIRECTORY} -exec
            touch -h -d @$ENV{SOURCE_DATE_EPOCH} {} +
        COMMAND_ERROR_IS_FATAL ANY)
endif()
