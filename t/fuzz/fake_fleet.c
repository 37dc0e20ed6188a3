/* fake_fleet: two loops on one thread, workers and writers whose work waits until the input asks for it. */
#include "lib/chat/config.h"
#include "pushd/conn.h"
#include "pushd/fleet.h"
#include "pushd/gather.h"
#include "pushd/hub.h"
#include "pushd/interest.h"
#include "pushd/push_priv.h"
#include "pushd/roster.h"
#include "pushd/spread.h"
#include "pushd/staff_online.h"
#include "t/fuzz/fake_world.h"
#include "t/fuzz/fuzz.h"

struct fleet {
    struct push *loops[WORLD_LOOPS];
    struct roster *roster;
    struct gathers *gathers;
    struct metrics metrics;
    bool is_stopping;
    int count;
};

struct world world;

static struct config *the_config(void)
{
    static const char *const pairs[] = {"out_queue_max=16k", "frame_max=4096", "subscriptions_max=8", "transactions_max=2", "debug_open_prefix=/topic/open/",
                                        "connections_per_account=3", "limits=on"};
    static struct config *config;
    char error[200];

    if (!config)
        config = config_load_pairs(pairs, sizeof pairs / sizeof pairs[0], error, sizeof error);
    require(config != NULL);
    return config;
}

/* ---- fleet.h ---- */

const struct config *fleet_config(const struct fleet *fleet) { (void)fleet; return the_config(); }
struct job_pool *fleet_jobs(const struct fleet *fleet) { (void)fleet; return NULL; }
struct writer_pool *fleet_writers(const struct fleet *fleet) { (void)fleet; return NULL; }
struct backplane *fleet_backplane(const struct fleet *fleet) { (void)fleet; return NULL; }
struct roster *fleet_roster(const struct fleet *fleet) { return fleet->roster; }
struct gathers *fleet_gathers(const struct fleet *fleet) { return fleet->gathers; }
struct metrics *fleet_metrics(const struct fleet *fleet) { return (struct metrics *)(uintptr_t)&fleet->metrics; }
int64_t fleet_metric(const struct fleet *fleet, enum metric which) { return metric_get(&fleet->metrics, which); }
int64_t fleet_born(const struct fleet *fleet) { (void)fleet; return 0; }
bool fleet_is_stopping(const struct fleet *fleet) { return fleet->is_stopping; }
bool fleet_only_first_runs(const struct fleet *fleet) { (void)fleet; return true; }
int fleet_count(const struct fleet *fleet) { return fleet->count; }
struct push *fleet_push(const struct fleet *fleet, int number) { return fleet->loops[number]; }
struct push *fleet_next(struct fleet *fleet) { return fleet->loops[0]; }
bool fleet_is_database_up(const struct fleet *fleet) { (void)fleet; return !world.is_database_away; }
void fleet_set_database_up(struct fleet *fleet, bool is_up) { (void)fleet; (void)is_up; }

/* Nobody reads who of the staff is connected here. */
void staff_online_note(struct push *push) { (void)push; }
void staff_online_forget(struct push *push, int64_t member_id) { (void)push; (void)member_id; }
void staff_online_came(struct push *push) { (void)push; }

/* ---- interest.h, with so few slots that names share them ---- */

struct interest {
    int all, slot[4];
    bool has_missed;
};

static int *slot_of(struct interest *interest, const char *name)
{
    return &interest->slot[(unsigned char)name[strlen(name) - 1] % 4];
}

struct interest *interest_new(void) { return calloc(1, sizeof(struct interest)); }

void interest_free(struct interest **interest)
{
    require(!(*interest)->all && !(*interest)->slot[0] && !(*interest)->slot[1] && !(*interest)->slot[2] && !(*interest)->slot[3]);
    free(*interest);
    *interest = NULL;
}

void interest_add(struct interest *interest, const char *name, int n)
{
    *slot_of(interest, name) += n;
    require(*slot_of(interest, name) >= 0);
}

void interest_add_all(struct interest *interest, int n)
{
    interest->all += n;
    require(interest->all >= 0);
}

bool interest_has(const struct interest *interest, const char *name)
{
    return interest->all || *slot_of((struct interest *)(uintptr_t)interest, name);
}

void interest_note_miss(struct interest *interest) { interest->has_missed = true; }

bool interest_take_miss(struct interest *interest)
{
    bool has_missed = interest->has_missed;

    interest->has_missed = false;
    return has_missed;
}

/* ---- job.h ---- */

void job_add(struct push *push, struct job *job)
{
    require(world.waiting_count < WORLD_JOBS);
    job->push = push;
    world.waiting[world.waiting_count++] = job;
}

void job_add_slow(struct push *push, struct job *job) { job_add(push, job); }
void job_add_step(struct push *push, struct job *job) { job_add(push, job); }

static void *take(void *list, size_t *count, size_t n)
{
    void **all = list, *p = all[n];

    memmove(all + n, all + n + 1, (--*count - n) * sizeof *all);
    return p;
}

void world_run_job(size_t n)
{
    struct job *job;

    if (!world.waiting_count)
        return;
    job = take(world.waiting, &world.waiting_count, n % world.waiting_count);
    job->run(job, NULL);
    require(world.ran_count < WORLD_JOBS);
    world.ran[world.ran_count++] = job;
}

void world_give_job(size_t n)
{
    struct job *job;

    if (!world.ran_count)
        return;
    job = take(world.ran, &world.ran_count, n % world.ran_count);
    loop_post(push_loop(job->push), &job->task);
}

/* ---- writer.h ---- */

struct write *write_new(struct push *push, enum write_kind kind, const char *session_id)
{
    struct write *w = calloc(1, sizeof *w);

    require(w != NULL);
    w->push = push;
    w->kind = kind;
    w->outcome = OUTCOME_AWAY;
    memcpy(w->session_id, session_id, sizeof w->session_id - 1);
    return w;
}

void write_free(struct write *w)
{
    spread_drop_change(&w->change);
    free(w->content);
    free(w->receipt);
    free(w);
}

bool writer_add(struct writer_pool *pool, struct write *w)
{
    (void)pool;
    if (world.wanted_count >= WORLD_JOBS / 2)
        return false;
    world.wanted[world.wanted_count++] = w;
    return true;
}

int64_t writer_backlog_ms(const struct writer_pool *pool)
{
    (void)pool;
    return 100;
}

/* The first of the list that belongs to the same chat as the n-th: a chat's writer keeps its order. */
static size_t first_of_chat(struct write *const *list, size_t n)
{
    size_t i = 0;

    while (strcmp(list[i]->session_id, list[n]->session_id) != 0)
        i++;
    return i;
}

static const struct message *find_sent(const struct fake_chat *chat, const struct write *w)
{
    for (int32_t i = 0; w->client_message_id[0] && i < chat->s.message_count; i++)
        if (chat->rows[i].sender_id == w->who.member_id && strcmp(chat->rows[i].client_message_id, w->client_message_id) == 0)
            return &chat->rows[i];
    return NULL;
}

static void store(struct write *w, struct fake_chat *chat, bool is_known_then)
{
    enum message_kind kind = w->kind == WRITE_MESSAGE ? KIND_TEXT : w->kind == WRITE_JOIN ? KIND_JOIN : KIND_LEAVE;

    if (w->kind == WRITE_PRESENT || (w->kind == WRITE_MESSAGE && find_sent(chat, w))) {
        w->outcome = is_known_then ? OUTCOME_SAME : OUTCOME_UNKNOWN;
        return;
    }
    if (!world_add_row(chat, kind, w->who.member_id, w->content ? w->content : "x", w->content ? w->content_len : 1, w->client_message_id)) {
        w->outcome = OUTCOME_AWAY;
        return;
    }
    w->outcome = is_known_then ? OUTCOME_DONE : OUTCOME_UNKNOWN;
    if (is_known_then)
        world_describe(chat, 1, true, w->change);
}

void world_commit(size_t n, enum outcome outcome, bool stored_when_unknown)
{
    struct fake_chat *chat;
    struct write *w;

    if (!world.wanted_count)
        return;
    w = take(world.wanted, &world.wanted_count, first_of_chat(world.wanted, n % world.wanted_count));
    w->change = spread_new_change();
    require(w->change != NULL);
    chat = world_chat(w->session_id);
    if (world.is_database_away)
        w->outcome = OUTCOME_AWAY;
    else if (!chat || !right_may(&w->who, RIGHT_SEND, &chat->s) || outcome == OUTCOME_REFUSED)
        w->outcome = refuse(&w->refusal, 409, CODE_RULE, "This chat is over.");
    else if (outcome == OUTCOME_AWAY || (outcome == OUTCOME_UNKNOWN && !stored_when_unknown))
        w->outcome = outcome;
    else
        store(w, chat, outcome != OUTCOME_UNKNOWN);
    require(world.committed_count < WORLD_JOBS);
    world.committed[world.committed_count++] = w;
}

void world_give_write(size_t n)
{
    struct write *w;

    if (!world.committed_count)
        return;
    w = take(world.committed, &world.committed_count, first_of_chat(world.committed, n % world.committed_count));
    if (w->outcome == OUTCOME_DONE)
        spread_committed(w->push, w->change);
    loop_post(push_loop(w->push), &w->task);
}

/* ---- the world ---- */

struct push *world_push(int number)
{
    return world.fleet->loops[number];
}

void world_begin(void)
{
    struct fleet *fleet = calloc(1, sizeof *fleet);

    memset(&world, 0, sizeof world);
    world.now_ms = 1700000000000;
    memcpy(world.epoch, "00000000-0000-4000-8000-0000000000e1", sizeof world.epoch);
    world_make_chats();
    require(fleet && (fleet->roster = roster_new()) && (fleet->gathers = gathers_new()));
    world.fleet = fleet;
    for (; fleet->count < WORLD_LOOPS; fleet->count++) {
        fleet->loops[fleet->count] = push_new(fleet, false);
        require(fleet->loops[fleet->count] != NULL);
    }
}

static bool is_busy(void)
{
    return world.waiting_count || world.ran_count || world.wanted_count || world.committed_count;
}

void world_end(void)
{
    bool was_busy = true;

    world.fleet->is_stopping = true;
    while (was_busy) {
        was_busy = is_busy();
        while (is_busy()) {
            world_run_job(0);
            world_give_job(0);
            world_commit(0, OUTCOME_AWAY, false);
            world_give_write(0);
        }
        for (int i = 0; i < WORLD_LOOPS; i++) {
            push_kill_conns(world_push(i));
            was_busy |= loop_drain(push_loop(world_push(i)));
        }
    }
    for (int i = 0; i < WORLD_LOOPS; i++) {
        conn_flush_all(world_push(i));
        push_free(&world.fleet->loops[i]);
    }
    require(roster_count(world.fleet->roster) == 0);
    gathers_free(&world.fleet->gathers);
    roster_free(&world.fleet->roster);
    free(world.fleet);
    world.fleet = NULL;
    world_forget_chats();
}
