# SPDX-License-Identifier: BSD-2-Clause
# Draws an SVG as an icon, in the sizes that Windows shows at its usual resolutions:
# cmake -D RSVG_CONVERT=… -D ICOTOOL=… -D FROM=FILE.svg -D TO=FILE.ico -P icon.cmake
set(images "")
foreach(size 16 20 24 32 40 48 64 72 96 256)
    set(image ${TO}-${size}.png)
    execute_process(COMMAND ${RSVG_CONVERT} -w ${size} -h ${size} -o ${image} ${FROM}
        COMMAND_ERROR_IS_FATAL ANY)
    if(size GREATER 48) # as PNG
        list(APPEND images -r ${image})
    else()
        list(APPEND images ${image})
    endif()
endforeach()
execute_process(COMMAND ${ICOTOOL} -c -o ${TO} ${images} COMMAND_ERROR_IS_FATAL ANY)
