/* program_count: what each FastCGI program answered and how long it took, and how many connections each pushd of this machine has, in the shared page
 * (shared_page.h). The programs count, pushd prints. Never blocks. */
#ifndef SANGDAM_CHAT_PROGRAM_COUNT_H
#define SANGDAM_CHAT_PROGRAM_COUNT_H

#include <stdint.h>

struct buf;

/* Which program this process is ("account", "chat" ...): once, before its threads. An unknown name counts for none. */
void program_count_start(const char *name);
/* An answer is out. */
void program_count_answer(int status, int64_t took_us);
/* All programs: sangdam_program_responses_total and sangdam_program_response_seconds. */
void program_count_print(struct buf *out);

/* pushd says so every second; what it last said counts for 10 s. */
void program_count_connections_are(int64_t now_ms, int64_t connections);
/* Of all pushds of this machine; -1: none said anything lately. */
int64_t program_count_connections(int64_t now_ms);

#endif
