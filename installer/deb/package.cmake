# SPDX-License-Identifier: BSD-2-Clause
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SOURCE vtpm-agent)
# CPack's own default, by which it takes each component's first line in its place
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${CMAKE_PROJECT_NAME} built using CMake")
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
foreach(component IN ITEMS AGENT COLLECTOR HOST)
    string(TOLOWER vtpm-${component} name)
    set(CPACK_DEBIAN_${component}_PACKAGE_NAME ${name})
endforeach()

# ret_package: what a library, which a program loads when it runs, is packaged as: suites differ.
function(find_package_of soname usual ret_package)
    file(GLOB path /usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}/${soname})
    find_program(DPKG_QUERY dpkg-query)
    set(package ${usual})
    if(path AND DPKG_QUERY)
        execute_process(COMMAND ${DPKG_QUERY} --search ${path} OUTPUT_VARIABLE package
            COMMAND_ERROR_IS_FATAL ANY)
        string(REGEX REPLACE ":.*" "" package ${package})
    endif()
    set(${ret_package} ${package} PARENT_SCOPE)
endfunction()
find_package_of(libcurl.so.4 libcurl4 curl)
find_package_of(libtss2-tcti-device.so.0 libtss2-tcti-device0 tcti)
string(APPEND curl " (>= 7.87)")

# tpm-udev gives the TPM's nodes to the group tss. The ways to the TPM, and libcurl, are loaded at run time.
set(sysusers "systemd | systemd-standalone-sysusers | systemd-sysusers")
set(CPACK_DEBIAN_AGENT_PACKAGE_DEPENDS
    "tpm-udev, ${tcti}, ${curl}, ${sysusers}")
set(CPACK_DEBIAN_COLLECTOR_PACKAGE_DEPENDS "${curl}, ${sysusers}")
set(CPACK_DEBIAN_HOST_PACKAGE_DEPENDS "${curl}")

# The maintainer scripts of a component that has services and an account.
function(make_scripts component units)
    set(USER vtpm-${component})
    set(UNITS "${units}")
    string(TOUPPER ${component} upper)
    set(files "")
    foreach(script IN ITEMS postinst prerm postrm conffiles)
        configure_file(deb/${script}.in deb/${component}/${script} @ONLY)
        list(APPEND files ${CMAKE_CURRENT_BINARY_DIR}/deb/${component}/${script})
    endforeach()
    set(CPACK_DEBIAN_${upper}_PACKAGE_CONTROL_EXTRA "${files}" PARENT_SCOPE)
endfunction()
make_scripts(agent "vtpm-agent.service vtpm-agent-check.timer")
make_scripts(collector "vtpm-collector.service")
