#include "lib/chat/search_bag.h"

#include <stdlib.h>

#include "lib/chat/search_index.h"
#include "lib/chat/search_text.h"

#define ROOM_FIRST 16384

static int by_token(const void *a, const void *b)
{
    const struct search_entry *x = a, *y = b;

    if (x->token != y->token)
        return x->token < y->token ? -1 : 1;
    return (x->block > y->block) - (x->block < y->block);
}

static void put_together(struct search_bag *bag)
{
    size_t kept = 0;

    if (bag->n == 0)
        return;
    qsort(bag->entry, bag->n, sizeof(*bag->entry), by_token);
    for (size_t i = 1; i < bag->n; i++)
        if (by_token(&bag->entry[kept], &bag->entry[i]) == 0)
            bag->entry[kept].chats |= bag->entry[i].chats;
        else
            bag->entry[++kept] = bag->entry[i];
    bag->n = kept + 1;
}

/* Grows only when putting together what is there does not give half of it back: the same words come again and again. */
static bool make_room(struct search_bag *bag)
{
    size_t room = bag->room ? bag->room * 2 : ROOM_FIRST;
    struct search_entry *bigger;

    put_together(bag);
    if (bag->room && bag->n <= bag->room / 2)
        return true;
    bigger = realloc(bag->entry, room * sizeof(*bigger));
    if (!bigger)
        return false;
    bag->entry = bigger;
    bag->room = room;
    return true;
}

void search_bag_add(struct search_bag *bag, int64_t session_no, int64_t token)
{
    if (bag->has_failed || (bag->n == bag->room && !make_room(bag))) {
        bag->has_failed = true;
        return;
    }
    bag->entry[bag->n++] =
        (struct search_entry){.token = token, .block = (int32_t)(session_no / SEARCH_BLOCK), .chats = INT64_C(1) << (session_no % SEARCH_BLOCK)};
}

struct adding {
    struct search_bag *bag;
    int64_t session_no;
};

static void add_token(void *context, int64_t token)
{
    struct adding *a = context;

    search_bag_add(a->bag, a->session_no, token);
}

bool search_bag_add_text(struct search_bag *bag, int64_t session_no, const char *text, size_t n)
{
    struct adding a = {bag, session_no};

    buf_reset(&bag->folded);
    if (!search_fold(text, n, &bag->folded))
        bag->has_failed = true;
    else
        search_tokens(buf_str(&bag->folded), bag->folded.len, false, add_token, &a);
    return !bag->has_failed;
}

bool search_bag_settle(struct search_bag *bag)
{
    put_together(bag);
    return !bag->has_failed;
}

void search_bag_empty(struct search_bag *bag)
{
    bag->n = 0;
    bag->has_failed = false;
}

void search_bag_free(struct search_bag *bag)
{
    free(bag->entry);
    buf_free(&bag->folded);
    *bag = (struct search_bag){0};
}
