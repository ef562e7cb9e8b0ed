/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Logging. The core does no I/O: the program hands it the sink, which escapes what it prints (see
 * core/text.h) and adds time and place as its output wants them.
 */
#ifndef CORE_LOG_H
#define CORE_LOG_H

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Receives one line without its newline. The line is the logger's; do not keep the pointer. */
typedef void log_sink(enum log_level level, const char *line);

/* Sends lines up to and including `level` to `sink`; NULL silences. To be called before threads
 * start. Without a call nothing is logged. */
void log_start(log_sink *sink, enum log_level level);

/* One line, printf style, cut at 512 bytes. */
void log_write(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
