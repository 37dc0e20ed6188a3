/* config_value: the texts of configuration values and what they mean, both ways. Only config.c includes this. */
#ifndef SANGDAM_CHAT_CONFIG_VALUE_H
#define SANGDAM_CHAT_CONFIG_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/chat/config.h"

#define CONFIG_VALUE_TEXT_SIZE 32

/* Whole texts only; false when one is malformed or beyond 2^53. */
bool config_value_count(const char *s, int64_t *n_r);
/* "250ms" "15s" "5m" "2h" "30d": milliseconds. A number without a unit is refused: it might mean either. */
bool config_value_duration(const char *s, int64_t *ms_r);
/* "4096" "64k" "10m" "1g": bytes. */
bool config_value_size(const char *s, int64_t *bytes_r);
bool config_value_switch(const char *s, bool *on_r);
/* "30/10s" */
bool config_value_rate(const char *s, struct config_rate *rate_r);
/* The shortest text that reads back as the same value. */
void config_value_put_duration(int64_t ms, char out[CONFIG_VALUE_TEXT_SIZE]);
void config_value_put_size(int64_t bytes, char out[CONFIG_VALUE_TEXT_SIZE]);

#endif
