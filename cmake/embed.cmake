# SPDX-License-Identifier: BSD-2-Clause
# Writes files into a C header: cmake -D OUT=FILE -D NAMES="a;b" -D FROM=DIR -P embed.cmake
# Each becomes an element of `embedded_files`, a struct http_file or -D TYPE=NAME: name, bytes, and an ETag that changes
# with them.
if(NOT DEFINED TYPE)
    set(TYPE http_file)
endif()
set(text "/* Made by cmake/embed.cmake. */\n")
set(table "")
set(index 0)
foreach(name IN LISTS NAMES)
    file(READ ${FROM}/${name} bytes HEX)
    file(SHA256 ${FROM}/${name} digest)
    string(SUBSTRING ${digest} 0 32 tag)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
    string(APPEND text "static const unsigned char embedded_${index}[] = {${bytes}};\n")
    string(APPEND table
        "\t{\"${name}\", embedded_${index}, sizeof(embedded_${index}), \"\\\"${tag}\\\"\"},\n")
    math(EXPR index "${index} + 1")
endforeach()
string(APPEND text "static const struct ${TYPE} embedded_files[] = {\n${table}};\n")
file(WRITE ${OUT} "${text}")
