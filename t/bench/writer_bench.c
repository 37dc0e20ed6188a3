/* writer_bench: how many messages a second lib/chat stores, without pushd: some threads, each with a connection and chats of its own, call
 * message_send_batch() with batches of one message a chat. Run it beside a MariaDB with the migrated tables; it makes members and chats.
 *
 *   t/db/with-mariadb sh -c 't/bench/writer_bench $SANGDAM_DB_SOCKET [chats=200] [threads=2] [batch=100] [seconds=5] [repeats=0] [flush=1]'
 *
 * repeats: of 1000 messages, how many come twice. flush: innodb_flush_log_at_trx_commit, which is set for the whole server. It prints one line: rows a
 * second, the time a batch took (p50, p99), flushes a second, and CPU a row here and in the server. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/token.h"
#include "lib/chat/change.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"
#include "lib/chat/session.h"

#define TEXT "안녕하세요, 주문한 물건이 아직 오지 않았어요. 0123456789"
#define TIMES_MAX 1000000

struct option {
    const char *name;
    long value;
};
static struct option options[] = {{"chats", 200}, {"threads", 2}, {"batch", 100}, {"seconds", 5}, {"repeats", 0}, {"flush", 1}};
enum { CHATS, THREADS, BATCH, SECONDS, REPEATS, FLUSH, OPTION_TOTAL };

struct chat {
    char id[UUID_TEXT_SIZE];
    struct principal who;
    int64_t sent;
};

struct runner {
    pthread_t thread;
    struct chat *chats;
    long nchats;
    int64_t until_ms;
    long stored, same, other, batches;
    int64_t *times_us;
};

static struct config *config;

static void die(const char *what)
{
    fprintf(stderr, "writer_bench: %s\n", what);
    exit(1);
}

static void make_chat(struct db *db, struct chat *chat)
{
    const int64_t now = clock_wall_ms();
    struct change change;
    struct refusal refusal;

    if (!db_exec(db, "INSERT INTO member (nickname, gubun, cdate, udate) VALUES ('bench', 1, ?, ?)", DB_ARGS(db_time(now), db_time(now)), NULL))
        die(db_last_text(db));
    chat->who = (struct principal){.member_id = db_insert_id(db), .role = ROLE_CUSTOMER, .nickname = "bench"};
    if (session_request(db, &chat->who, 200, NULL, &change, &refusal) != OUTCOME_DONE)
        die("no chat was made");
    memcpy(chat->id, change.session.session_id, sizeof(chat->id));
    change_clear(&change);
}

static void count(struct runner *r, const struct message_item *items, long n)
{
    for (long i = 0; i < n; i++) {
        r->stored += items[i].outcome == OUTCOME_DONE;
        r->same += items[i].outcome == OUTCOME_SAME;
        r->other += items[i].outcome != OUTCOME_DONE && items[i].outcome != OUTCOME_SAME;
    }
}

static void *run(void *arg)
{
    struct runner *r = arg;
    const long n = options[BATCH].value;
    struct message_item *items = calloc((size_t)n, sizeof(*items));
    struct change *changes = calloc((size_t)n, sizeof(*changes));
    char(*keys)[UUID_TEXT_SIZE] = calloc((size_t)n, sizeof(*keys));
    struct db *db = db_open(config);
    long at = 0;

    if (!items || !changes || !keys || !db)
        die("out of memory");
    while (clock_monotonic_ms() < r->until_ms) {
        const int64_t begin = clock_monotonic_us();

        for (long i = 0; i < n; i++, at++) {
            struct chat *chat = &r->chats[at % r->nchats];

            if (!(i && random() % 1000 < options[REPEATS].value))
                uuid_new(keys[i]);
            items[i] = (struct message_item){
                .who = &chat->who,
                .draft = {.session_id = chat->id, .content = TEXT, .content_len = strlen(TEXT), .client_message_id = keys[i]},
                .change = &changes[i],
            };
        }
        message_send_batch(db, items, (size_t)n);
        count(r, items, n);
        for (long i = 0; i < n; i++)
            change_clear(&changes[i]);
        if (r->batches < TIMES_MAX)
            r->times_us[r->batches++] = clock_monotonic_us() - begin;
    }
    db_close(&db);
    free(items);
    free(changes);
    free(keys);
    return NULL;
}

static int by_time(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static int64_t ask(struct db *db, const char *sql)
{
    struct db_rows *rows = db_query_once(db, sql, NULL, 0);
    const int64_t v = db_rows_count(rows) ? db_cell_int(rows, 0, 1) : -1;

    db_rows_free(&rows);
    return v;
}

static void read_options(int argc, char **argv)
{
    for (int i = 2; i < argc; i++) {
        const char *eq = strchr(argv[i], '=');
        int o = 0;

        while (o < OPTION_TOTAL && !(eq && strlen(options[o].name) == (size_t)(eq - argv[i]) && strncmp(options[o].name, argv[i], (size_t)(eq - argv[i])) == 0))
            o++;
        if (o == OPTION_TOTAL)
            die("usage: writer_bench SOCKET [chats=N] [threads=N] [batch=N] [seconds=N] [repeats=N] [flush=0|1|2]");
        options[o].value = strtol(eq + 1, NULL, 10);
    }
}

/* Processor time of the server in ms, by its process id; -1 when it can't be seen. */
static int64_t server_cpu_ms(struct db *db)
{
    struct db_rows *rows = db_query_once(db, "SELECT @@pid_file", NULL, 0);
    const char *path = db_rows_count(rows) ? db_cell(rows, 0, 0, NULL) : NULL;
    char name[64], line[1024] = "";
    long pid = 0, user = 0, kernel = 0;
    FILE *f = path ? fopen(path, "re") : NULL;
    const char *behind;

    db_rows_free(&rows);
    if (f && fgets(line, sizeof(line), f))
        pid = strtol(line, NULL, 10);
    if (f)
        fclose(f);
    snprintf(name, sizeof(name), "/proc/%ld/stat", pid);
    f = pid ? fopen(name, "re") : NULL;
    if (f && !fgets(line, sizeof(line), f))
        line[0] = '\0';
    if (f)
        fclose(f);
    behind = f ? strrchr(line, ')') : NULL;
    if (!behind || sscanf(behind, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld", &user, &kernel) != 2)
        return -1;
    return (user + kernel) * 1000 / sysconf(_SC_CLK_TCK);
}

static int64_t own_cpu_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct meter {
    int64_t at_ms, flushes, server_ms, own_ms;
};

static void read_meter(struct db *db, struct meter *m)
{
    m->flushes = ask(db, "SHOW GLOBAL STATUS LIKE 'Innodb_data_fsyncs'");
    m->server_ms = server_cpu_ms(db);
    m->own_ms = own_cpu_ms();
    m->at_ms = clock_monotonic_ms();
}

static void report(const struct runner *runners, const struct meter *from, const struct meter *to)
{
    const double seconds = (double)(to->at_ms - from->at_ms) / 1000;
    int64_t *all = calloc(TIMES_MAX, sizeof(*all));
    long n = 0, stored = 0, same = 0, other = 0;

    for (long t = 0; t < options[THREADS].value; t++) {
        stored += runners[t].stored;
        same += runners[t].same;
        other += runners[t].other;
        for (long i = 0; all && i < runners[t].batches && n < TIMES_MAX; i++)
            all[n++] = runners[t].times_us[i];
    }
    if (!all || !n)
        die("nothing was done");
    qsort(all, (size_t)n, sizeof(*all), by_time);
    printf("rows_per_s=%.0f stored=%ld same=%ld other=%ld batches=%ld batch_p50_ms=%.2f batch_p99_ms=%.2f flushes_per_s=%.0f own_us_per_row=%.1f server_us_per_row=%.1f"
           " flush=%ld\n",
           (double)stored / seconds, stored, same, other, n, (double)all[n / 2] / 1000, (double)all[n * 99 / 100] / 1000,
           (double)(to->flushes - from->flushes) / seconds, 1000.0 * (double)(to->own_ms - from->own_ms) / (double)stored,
           from->server_ms < 0 ? -1.0 : 1000.0 * (double)(to->server_ms - from->server_ms) / (double)stored, options[FLUSH].value);
    free(all);
}

int main(int argc, char **argv)
{
    struct runner *runners;
    struct chat *chats;
    char error[200], pair[300];
    struct db *db;
    struct meter from, to;
    long each;

    if (argc < 2)
        die("which socket?");
    read_options(argc, argv);
    snprintf(pair, sizeof(pair), "db_socket=%s", argv[1]);
    log_start("writer_bench", LOG_ERROR);
    config = config_load_pairs((const char *const[]){pair, "db_user=root"}, 2, error, sizeof(error));
    db = config && token_start() ? db_open(config) : NULL;
    if (!db || !code_refresh(db))
        die("no database");
    snprintf(pair, sizeof(pair), "SET GLOBAL innodb_flush_log_at_trx_commit = %ld", options[FLUSH].value);
    if (!db_script(db, pair))
        die(db_last_text(db));
    chats = calloc((size_t)options[CHATS].value, sizeof(*chats));
    runners = calloc((size_t)options[THREADS].value, sizeof(*runners));
    if (!chats || !runners)
        die("out of memory");
    for (long i = 0; i < options[CHATS].value; i++)
        make_chat(db, &chats[i]);
    read_meter(db, &from);
    each = options[CHATS].value / options[THREADS].value;
    for (long t = 0; t < options[THREADS].value; t++) {
        runners[t] = (struct runner){.chats = chats + t * each, .nchats = each, .until_ms = from.at_ms + options[SECONDS].value * 1000};
        runners[t].times_us = calloc(TIMES_MAX, sizeof(int64_t));
        if (!runners[t].times_us || pthread_create(&runners[t].thread, NULL, run, &runners[t]) != 0)
            die("no thread");
    }
    for (long t = 0; t < options[THREADS].value; t++)
        pthread_join(runners[t].thread, NULL);
    read_meter(db, &to);
    report(runners, &from, &to);
    return 0;
}
