# SPDX-License-Identifier: BSD-2-Clause
# Libraries become dependencies by their sonames: build on the distribution that is to install it.
set(CPACK_RPM_COMPONENT_INSTALL ON)
set(CPACK_PACKAGE_RELOCATABLE OFF) # units name their programs
set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_LICENSE BSD-2-Clause)
set(CPACK_RPM_PACKAGE_GROUP System/Monitoring)
set(CPACK_RPM_COMPRESSION_TYPE xz)
# The same package whenever and wherever it is built from a commit
set(CPACK_RPM_SPEC_MORE_DEFINE "%define _buildhost reproducible
%define use_source_date_epoch_as_buildtime 1
%define clamp_mtime_to_source_date_epoch 1")
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION
    /etc /lib /usr/lib/systemd /usr/lib/systemd/system /usr/lib/systemd/system-preset
    /usr/lib/sysusers.d /usr/share/bash-completion /usr/share/bash-completion/completions
    /usr/share/fish /usr/share/fish/vendor_completions.d
    /usr/share/zsh /usr/share/zsh/site-functions /usr/share/zsh/vendor-completions
    /usr/share/man /usr/share/man/man1)
foreach(component IN ITEMS AGENT COLLECTOR HOST)
    string(TOLOWER vtpm-${component} name)
    set(CPACK_RPM_${component}_PACKAGE_NAME ${name})
    string(FIND "${CPACK_COMPONENT_${component}_DESCRIPTION}" "\n" first)
    string(SUBSTRING "${CPACK_COMPONENT_${component}_DESCRIPTION}" 0 ${first}
        CPACK_RPM_${component}_PACKAGE_SUMMARY)
    string(SUBSTRING "${CPACK_COMPONENT_${component}_DESCRIPTION}" ${first} -1
        CPACK_RPM_${component}_PACKAGE_DESCRIPTION)
    string(STRIP "${CPACK_RPM_${component}_PACKAGE_DESCRIPTION}"
        CPACK_RPM_${component}_PACKAGE_DESCRIPTION)
endforeach()
# Loaded at run time; tpm2-tss brings the rules that give the TPM's nodes to the group tss.
set(CPACK_RPM_AGENT_PACKAGE_REQUIRES
    "systemd, tpm2-tss, libtss2-tcti-device.so.0()(64bit), libcurl.so.4()(64bit)")
set(CPACK_RPM_COLLECTOR_PACKAGE_REQUIRES "systemd, libcurl.so.4()(64bit)")
set(CPACK_RPM_HOST_PACKAGE_REQUIRES "systemd, libcurl.so.4()(64bit)")

function(make_rpm_scripts component units has_account)
    set(USER vtpm-${component})
    set(MAKE_USER "")
    if(has_account)
        set(MAKE_USER "systemd-sysusers ${USER}.conf")
    endif()
    set(UNITS "${units}")
    string(TOUPPER ${component} upper)
    foreach(script IN ITEMS post preun postun)
        configure_file(rpm/${script}.in rpm/${component}/${script} @ONLY)
        set(kind ${script})
        string(REGEX REPLACE "^preun$" "PRE_UNINSTALL" kind ${kind})
        string(REGEX REPLACE "^postun$" "POST_UNINSTALL" kind ${kind})
        string(REGEX REPLACE "^post$" "POST_INSTALL" kind ${kind})
        set(CPACK_RPM_${upper}_${kind}_SCRIPT_FILE
            ${CMAKE_CURRENT_BINARY_DIR}/rpm/${component}/${script} PARENT_SCOPE)
    endforeach()
    set(CPACK_RPM_${upper}_USER_FILELIST
        "%config(noreplace) /etc/${USER}/${USER}.conf" PARENT_SCOPE)
endfunction()
make_rpm_scripts(agent "vtpm-agent.service vtpm-agent-check.timer vtpm-agent-textfile.timer" ON)
make_rpm_scripts(collector "vtpm-collector.service" ON)
make_rpm_scripts(host "vtpm-host-watch.service" OFF)
