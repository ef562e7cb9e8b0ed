# SPDX-License-Identifier: BSD-2-Clause
"""What docs/protocol.md says of how the large parts of a report stand in a database, by libzstd itself."""

import ctypes

PARTS = ("evidence", "verdict", "basis", "snapshot")
MAX = 1 << 20

_zstd = ctypes.CDLL("libzstd.so.1")
for _name, _result in (("createDCtx", ctypes.c_void_p), ("DCtx_refPrefix", ctypes.c_size_t),
                       ("decompressDCtx", ctypes.c_size_t), ("isError", ctypes.c_uint)):
    getattr(_zstd, f"ZSTD_{_name}").restype = _result
_context = ctypes.c_void_p(_zstd.ZSTD_createDCtx())


def expand(data, size, prefix=None):
    """What `size` bytes were packed to."""
    assert size <= MAX, size
    text = ctypes.create_string_buffer(size)
    if prefix is not None:
        _zstd.ZSTD_DCtx_refPrefix(_context, prefix, ctypes.c_size_t(len(prefix)))
    got = _zstd.ZSTD_decompressDCtx(_context, text, ctypes.c_size_t(size), data, ctypes.c_size_t(len(data)))
    if _zstd.ZSTD_isError(ctypes.c_size_t(got)) or got != size:
        raise ValueError("not what was packed")
    return text.raw


def parts_of(text):
    parts = []
    while text:
        size = int.from_bytes(text[:4], "big")
        parts.append(text[4:4 + size])
        text = text[4 + size:]
    return dict(zip(PARTS, parts, strict=True))


def open_row(row, keyframes):
    """The row as it was before it was packed; keyframes: their rows by number."""
    if not row.get("packed_len"):
        return row
    prefix = None
    if row["keyframe"]:
        key = keyframes[row["keyframe"]]
        prefix = expand(key["key_bytes"], key["key_len"])
    return {**row, **parts_of(expand(row["evidence"], row["packed_len"], prefix)), "packed_len": 0, "keyframe": 0}


def unpack(database):
    """Of a sqlite3 database: all rows become what they were before they were packed, which the collector reads
    as well."""
    def rows(table):
        cursor = database.execute(f"SELECT * FROM {table}")
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    if not database.execute("SELECT 1 FROM sqlite_schema WHERE name = 'keyframes'").fetchone():
        return
    keyframes = {key["key"]: key for key in rows("keyframes")}
    for row in rows("reports"):
        if row["packed_len"]:
            database.execute("UPDATE reports SET evidence = :evidence, verdict = :verdict, basis = :basis,"
                             " snapshot = :snapshot, packed_len = 0, keyframe = 0 WHERE id = :id",
                             open_row(row, keyframes))
