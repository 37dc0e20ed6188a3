/* search_bag: tokens of some chats on their way to search_token, put together by token and block. For search_index.c. */
#ifndef SANGDAM_CHAT_SEARCH_BAG_H
#define SANGDAM_CHAT_SEARCH_BAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"

struct search_entry {
    int64_t token, chats; /* bits of the block's chats */
    int32_t block;
};
/* Starts with {0}. Memory that runs out is found by search_bag_settle(). */
struct search_bag {
    struct search_entry *entry; /* owned */
    size_t n, room;
    struct buf folded; /* scratch */
    bool has_failed;
};
void search_bag_add(struct search_bag *bag, int64_t session_no, int64_t token);
/* All tokens of a text (UTF-8). False when memory is out. */
bool search_bag_add_text(struct search_bag *bag, int64_t session_no, const char *text, size_t n);
/* Sorts by token and block, each once. False: memory ran out, something is missing. */
bool search_bag_settle(struct search_bag *bag);
void search_bag_empty(struct search_bag *bag);
void search_bag_free(struct search_bag *bag);

#endif
