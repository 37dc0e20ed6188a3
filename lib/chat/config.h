/* config: one ini-like file of flat `key = value` lines; every key, its default, unit and range stand in config_table.h.
 * An unknown key, a value out of range or a key given twice is an error with file:line. Sections are refused. */
#ifndef SANGDAM_CHAT_CONFIG_H
#define SANGDAM_CHAT_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct config_rate {
    int64_t count;     /* events ... */
    int64_t period_ms; /* ... in this time */
};

/* A field per key: const char * for TEXT, int64_t for DURATION (ms), SIZE (bytes) and COUNT, bool for SWITCH, struct config_rate. */
struct config {
#define CONFIG_FIELD_TEXT(name) const char *name;
#define CONFIG_FIELD_DURATION(name) int64_t name;
#define CONFIG_FIELD_SIZE(name) int64_t name;
#define CONFIG_FIELD_COUNT(name) int64_t name;
#define CONFIG_FIELD_SWITCH(name) bool name;
#define CONFIG_FIELD_RATE(name) struct config_rate name;
#define CONFIG(type, name, def, min, max, text) CONFIG_FIELD_##type(name)
#include "lib/chat/config_table.h"
#undef CONFIG
    const char *path; /* the file read; NULL: defaults alone */
};

/* Reads path (NULL: defaults only) into a new, immutable struct config. On failure NULL, and "file:line: reason" in error
 * (error_size bytes). HUP reads into a second one and swaps when it is good: old ones stay valid until config_free(). */
struct config *config_load(const char *path, char *error, size_t error_size);
/* A copy of the defaults with key=value pairs on top, for tests and `--set`; same errors. */
struct config *config_load_pairs(const char *const *pairs, size_t n, char *error, size_t error_size);
void config_free(struct config **c);
/* Other nodes share this database: a Redis is named. */
bool config_has_nodes(const struct config *c);
/* True for a key of the table; `./start --set` asks through `sangdamctl config-check KEY=VALUE` (exit 64 when unknown or out of range). */
bool config_check_pair(const char *key, const char *value, char *error, size_t error_size);
/* Prints the table as a commented sample file. */
void config_print_sample(FILE *out);

#endif
