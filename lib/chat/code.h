/* code: the code table in memory (statuses, message types, categories, reasons), read anew when older than 10 s. Thread-safe. */
#ifndef SANGDAM_CHAT_CODE_H
#define SANGDAM_CHAT_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/catalog.h"

struct db;

/* contract.md, Database */
enum {
    STATUS_WAITING = 1, STATUS_ACTIVE = 2, STATUS_COMPLETED = 3, STATUS_DISCONNECTED = 4,
    TYPE_NORMAL = 11, TYPE_SYSTEM = 12, TYPE_FILE = 13,
    EXIT_SOLVED = 144, EXIT_JUST_EXIT = 149, EXIT_WINDOW_CLOSED = 150, EXIT_CANCELLED = 151, EXIT_TIMEOUT = 152, EXIT_TRANSFERRED = 153,
    LEAVE_PAGE_HIDE = 160, LEAVE_PAGE_UNLOAD = 161, LEAVE_WINDOW_BLUR = 162, LEAVE_NETWORK_ERROR = 163, LEAVE_UNKNOWN = 164,
    AWAY_IDLE = 185,
};
#define GROUP_STATUS "CHAT_SESSION_STATUS"
#define GROUP_TYPE "CHAT_MESSAGE_TYPE"
#define GROUP_CATEGORY "CHAT_CATEGORY"
#define GROUP_EXIT "CHAT_EXIT_REASON"
#define GROUP_LEAVE "CHAT_DISCONNECT_REASON"
#define GROUP_AWAY "CHAT_AWAY_REASON"

struct code {
    int32_t code_id, pcode /* 0: none */, sort_no;
    char gcode[41], code[41];
    char name[LANG_COUNT][401];
    bool is_used;
};

/* Reads the table if what is in memory is older than 10 s (or nothing is there). False when nothing could ever be read. May block. */
bool code_refresh(struct db *db);
/* Copies; false when there is none. */
bool code_by_id(int32_t code_id, struct code *code_r);
bool code_by_name(const char *gcode, const char *code, struct code *code_r);
/* A used code of group gcode as requests give it: its id as decimal text, or its name. False when there is none. */
bool code_resolve(const char *gcode, const char *text, struct code *code_r);
/* The name in lang into out; "" when there is none. */
void code_name(int32_t code_id, enum lang lang, char *out, size_t out_size);
/* All used codes of a group in order; *list_r is malloc'd. Returns the count. */
size_t code_list(const char *gcode, struct code **list_r);

#endif
