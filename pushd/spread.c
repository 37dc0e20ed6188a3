/* spread: see spread.h. */
#include "pushd/spread.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/log.h"
#include "lib/chat/right_change.h"
#include "lib/chat/session.h"
#include "pushd/backplane.h"
#include "pushd/fleet.h"
#include "pushd/hub.h"
#include "pushd/interest.h"
#include "pushd/loop.h"
#include "pushd/metrics.h"
#include "pushd/outq.h"
#include "pushd/push.h"
#include "pushd/rights.h"

/* What several loops get; the last one frees it. Nobody writes to it once it was posted. */
struct load {
    atomic_int refs;
    void (*arrive)(struct push *push, const struct load *load);
    void (*destroy)(struct load *load);
};

struct parcel {
    struct task task; /* first */
    struct push *to;
    struct load *load;
};

static void drop(struct load *load)
{
    if (atomic_fetch_sub(&load->refs, 1) == 1)
        load->destroy(load);
}

static void on_arrival(struct task *task)
{
    struct parcel *p = (struct parcel *)task;

    p->load->arrive(p->to, p->load);
    drop(p->load);
    free(p);
}

/* To all loops but `from` (NULL: to all); name not NULL: only to those with an interest in it. Takes load over. False when one could not be told. */
static bool send_load(const struct fleet *fleet, const struct push *from, const char *name, struct load *load)
{
    bool all_told = true;

    for (int i = 0; i < fleet_count(fleet); i++) {
        struct push *to = fleet_push(fleet, i);
        struct parcel *p;
        if (to == from || (name && !interest_has(push_interest(to), name)))
            continue;
        p = malloc(sizeof *p);
        if (!p) {
            log_error("out_of_memory what=parcel");
            interest_note_miss(push_interest(to));
            all_told = false;
            continue;
        }
        p->task.on_done = on_arrival;
        p->to = to;
        p->load = load;
        atomic_fetch_add(&load->refs, 1);
        metric_add(from ? push_metrics(from) : fleet_metrics(fleet), METRIC_parcels, 1);
        loop_post(push_loop(to), &p->task);
    }
    drop(load);
    return all_told;
}

/* True when another loop than push (which may be NULL) would get it. */
static bool has_takers(const struct fleet *fleet, const struct push *push, const char *name)
{
    for (int i = 0; i < fleet_count(fleet); i++)
        if (fleet_push(fleet, i) != push && (!name || interest_has(push_interest(fleet_push(fleet, i)), name)))
            return true;
    return false;
}

/* A load of size bytes, owned by the caller; NULL: the others must sweep. */
static void *new_load(const struct fleet *fleet, size_t size, void (*arrive)(struct push *push, const struct load *load), void (*destroy)(struct load *load))
{
    struct load *load = malloc(size);

    if (!load) {
        log_error("out_of_memory what=load");
        spread_sweep(fleet);
        return NULL;
    }
    atomic_init(&load->refs, 1);
    load->arrive = arrive;
    load->destroy = destroy;
    return load;
}

static void destroy_plain(struct load *load)
{
    free(load);
}

/* ---- changes ---- */

struct change_load {
    struct load load;
    struct change change;
};

static void change_arrives(struct push *push, const struct load *load)
{
    hub_publish(push_hub(push), &((const struct change_load *)load)->change);
}

static void change_destroy(struct load *load)
{
    change_clear(&((struct change_load *)load)->change);
    free(load);
}

/* Rows and read marks are for who follows the chat; the other steps are for lists, and for the clock of chats on the first loop. */
static const char *name_of(const struct change *c)
{
    return c->what == CHANGE_ROWS || c->what == CHANGE_READ ? c->session.session_id : NULL;
}

void spread_change(struct push *push, struct change *c)
{
    backplane_tell_change(fleet_backplane(push_fleet(push)), c);
    spread_found(push, c);
}

/* A load that c was moved into; NULL: memory. */
static struct change_load *load_change(const struct fleet *fleet, struct change *c)
{
    struct change_load *l = new_load(fleet, sizeof *l, change_arrives, change_destroy);

    if (!l)
        return NULL;
    l->change = *c;
    change_init(c); /* its rows went along */
    return l;
}

void spread_found(struct push *push, struct change *c)
{
    struct change_load *l;

    hub_publish(push_hub(push), c);
    if (!has_takers(push_fleet(push), push, name_of(c)))
        return;
    l = load_change(push_fleet(push), c);
    if (l)
        send_load(push_fleet(push), push, name_of(&l->change), &l->load);
}

void spread_from_node(struct fleet *fleet, struct change *c)
{
    struct change_load *l;

    if (!has_takers(fleet, NULL, name_of(c)))
        return;
    l = load_change(fleet, c);
    if (l)
        send_load(fleet, NULL, name_of(&l->change), &l->load);
}

struct change *spread_new_change(void)
{
    struct change_load *l = malloc(sizeof *l);

    if (!l)
        return NULL;
    atomic_init(&l->load.refs, 1);
    l->load.arrive = change_arrives;
    l->load.destroy = change_destroy;
    change_init(&l->change);
    return &l->change;
}

static struct load *load_of(struct change *c)
{
    return (struct load *)((char *)c - offsetof(struct change_load, change));
}

void spread_drop_change(struct change **c)
{
    if (*c)
        drop(load_of(*c));
    *c = NULL;
}

void spread_committed(struct push *asker, struct change *c)
{
    backplane_tell_change(fleet_backplane(push_fleet(asker)), c);
    if (!has_takers(push_fleet(asker), asker, name_of(c)))
        return;
    atomic_fetch_add(&load_of(c)->refs, 1);
    send_load(push_fleet(asker), asker, name_of(c), load_of(c));
}

/* ---- bodies: each loop makes one of its own, shared by all its receivers ---- */

struct body_load {
    struct load load;
    bool is_binary;
    size_t len, headers_len;
    const char *name; /* in text */
    char text[];      /* the body, its headers, then the name with its NUL */
};

static struct body *body_of(const struct body_load *l)
{
    struct body *body = body_new_with_headers(l->text, l->len, l->text + l->len, l->headers_len);

    if (body)
        body->is_binary = l->is_binary;
    return body;
}

static void live_arrives(struct push *push, const struct load *load)
{
    const struct body_load *l = (const struct body_load *)load;
    struct body *body = body_of(l);

    if (body)
        hub_tell_live(push_hub(push), l->name, body);
    body_drop(&body);
}

static void open_arrives(struct push *push, const struct load *load)
{
    const struct body_load *l = (const struct body_load *)load;
    struct body *body = body_of(l);

    if (body)
        hub_tell_open(push_hub(push), l->name, body);
    body_drop(&body);
}

/* What becomes a body on each loop; borrowed. */
struct words {
    const char *text, *headers;
    size_t len, headers_len;
    bool is_binary;
};

/* name NULL: to all loops. */
static void send_words(const struct fleet *fleet, const struct push *from, const char *name, const struct words *w,
                       void (*arrive)(struct push *push, const struct load *load))
{
    size_t n = name ? strlen(name) + 1 : 0;
    struct body_load *l;

    if (!has_takers(fleet, from, name))
        return;
    l = new_load(fleet, sizeof *l + w->len + w->headers_len + n, arrive, destroy_plain);
    if (!l)
        return;
    l->is_binary = w->is_binary;
    l->len = w->len;
    l->headers_len = w->headers_len;
    memcpy(l->text, w->text, w->len);
    if (w->headers_len)
        memcpy(l->text + w->len, w->headers, w->headers_len);
    l->name = name ? memcpy(l->text + w->len + w->headers_len, name, n) : NULL;
    send_load(fleet, from, l->name, &l->load);
}

static void send_body(struct push *push, const char *name, const struct body *body, void (*arrive)(struct push *push, const struct load *load))
{
    struct words w = {.text = body->bytes, .len = body->len, .headers = body_headers(body), .headers_len = body->headers_len, .is_binary = body->is_binary};

    send_words(push_fleet(push), push, name, &w, arrive);
}

void spread_live(struct push *push, const char *session_id, struct body *body)
{
    hub_tell_live(push_hub(push), session_id, body);
    send_body(push, session_id, body, live_arrives);
    backplane_tell_live(fleet_backplane(push_fleet(push)), session_id, body->bytes, body->len);
}

void spread_live_from_node(struct fleet *fleet, const char *session_id, const char *json, size_t n)
{
    struct words w = {.text = json, .len = n};

    send_words(fleet, NULL, session_id, &w, live_arrives);
}

void spread_open(struct push *push, const char *destination, struct body *body)
{
    hub_tell_open(push_hub(push), destination, body);
    send_body(push, destination, body, open_arrives);
}

static void presence_arrives(struct push *push, const struct load *load)
{
    struct body *body = body_of((const struct body_load *)load);

    if (body)
        hub_tell_list(push_hub(push), SUB_PRESENCE, body, NULL);
    body_drop(&body);
}

void spread_presence(struct push *push, struct body *body)
{
    const struct words w = {.text = body->bytes, .len = body->len};

    hub_tell_list(push_hub(push), SUB_PRESENCE, body, NULL);
    send_words(push_fleet(push), push, NULL, &w, presence_arrives);
}

/* ---- lists from the clock ---- */

struct heads_load {
    struct load load;
    size_t n;
    struct session_watch list[];
};

static void heads_arrive(struct push *push, const struct load *load)
{
    const struct heads_load *l = (const struct heads_load *)load;

    hub_hear_heads(push_hub(push), l->list, l->n);
}

static void send_heads(const struct fleet *fleet, const struct push *from, const struct session_watch *list, size_t n)
{
    struct heads_load *l;

    if (!n || !has_takers(fleet, from, NULL))
        return;
    l = new_load(fleet, sizeof *l + n * sizeof list[0], heads_arrive, destroy_plain);
    if (!l)
        return;
    l->n = n;
    memcpy(l->list, list, n * sizeof list[0]);
    send_load(fleet, from, NULL, &l->load);
}

void spread_heads(struct push *push, const struct session_watch *list, size_t n)
{
    hub_hear_heads(push_hub(push), list, n);
    send_heads(push_fleet(push), push, list, n);
}

void spread_heads_from_node(struct fleet *fleet, const struct session_watch *list, size_t n)
{
    send_heads(fleet, NULL, list, n);
}

struct rights_load {
    struct load load;
    size_t n;
    struct right_change list[];
};

static void rights_arrive(struct push *push, const struct load *load)
{
    const struct rights_load *l = (const struct rights_load *)load;

    rights_take(push_rights(push), l->list, l->n);
}

bool spread_rights(struct push *push, const struct right_change *list, size_t n)
{
    struct rights_load *l = NULL;

    if (has_takers(push_fleet(push), push, NULL)) { /* none is told, too: it is time to try again what failed before */
        l = new_load(push_fleet(push), sizeof *l + n * sizeof list[0], rights_arrive, destroy_plain);
        if (!l)
            return false;
        l->n = n;
        memcpy(l->list, list, n * sizeof list[0]);
        if (!send_load(push_fleet(push), push, NULL, &l->load))
            return false;
    }
    rights_take(push_rights(push), list, n);
    return true;
}

void spread_sweep(const struct fleet *fleet)
{
    for (int i = 0; i < fleet_count(fleet); i++)
        interest_note_miss(push_interest(fleet_push(fleet, i)));
}
