/* Accounts, sign-ins, tokens, codes and stored files against a real MariaDB. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/token.h"
#include "lib/chat/attachment.h"
#include "lib/chat/auth.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"
#include "lib/chat/member.h"
#include "lib/chat/rate.h"
#include "lib/chat/session.h"

#define LOGIN_TRIES 10
#define TRIERS 8

static struct config *config;
static struct db *db;
static struct refusal refusal;
static struct principal who;
static char dir[] = "/tmp/sangdam-auth-XXXXXX";

static int set_up(void **state)
{
    char error[300], socket[300], counters[100], uploads[100];
    const char *const pairs[] = {socket, "db_user=root", counters, uploads, "login_tries=10/1m"};

    (void)state;
    if (!mkdtemp(dir))
        return -1;
    snprintf(socket, sizeof(socket), "db_socket=%s", getenv("SANGDAM_DB_SOCKET"));
    snprintf(counters, sizeof(counters), "counters_file=%s/counters", dir);
    snprintf(uploads, sizeof(uploads), "upload_dir=%s", dir);
    log_start("test_auth", LOG_ERROR);
    config = config_load_pairs(pairs, sizeof(pairs) / sizeof(pairs[0]), error, sizeof(error));
    if (!config || !token_start() || !rate_open(config))
        return -1;
    db = db_open(config);
    return code_refresh(db) ? 0 : -1;
}

static int tear_down(void **state)
{
    char path[400];

    (void)state;
    snprintf(path, sizeof(path), "%s/counters", dir);
    unlink(path);
    db_close(&db);
    config_free(&config);
    return rmdir(dir); /* fails when a test left a file there */
}

static int64_t number(const char *sql, int64_t id)
{
    struct db_rows *rows = db_query_once(db, sql, DB_ARGS(db_int(id)));
    int64_t n;

    assert_non_null(rows);
    n = db_rows_count(rows) ? db_cell_int(rows, 0, 0) : -1;
    db_rows_free(&rows);
    return n;
}

static int64_t new_member(const char *email)
{
    int64_t id = 0;

    assert_int_equal(member_sign_up(db, email, "a good password", "김고객", &id, &refusal), OUTCOME_DONE);
    assert_true(id > 1);
    return id;
}

static enum outcome sign_in(const char *email, const char *password)
{
    return auth_by_password(db, config, email, password, "", &who, &refusal);
}

static void signs_up_and_in(void **state)
{
    int64_t id = new_member("a@example.com"), again;

    (void)state;
    assert_int_equal(member_sign_up(db, "A@Example.com", "a good password", "x", &again, &refusal), OUTCOME_REFUSED);
    assert_int_equal(refusal.status, 409);
    assert_int_equal(sign_in("A@example.com", "a good password"), OUTCOME_DONE);
    assert_int_equal(who.member_id, id);
    assert_int_equal(who.role, ROLE_CUSTOMER);
    assert_string_equal(who.nickname, "김고객");
    assert_string_equal(who.email, "a@example.com");
    assert_false(who.by_bearer);
    assert_int_equal(sign_in("a@example.com", "a bad password"), OUTCOME_REFUSED);
    assert_int_equal(refusal.status, 401);
    assert_int_equal(who.member_id, 0);
    assert_int_equal(sign_in("", ""), OUTCOME_REFUSED);
    assert_int_equal(refusal.status, 401);
    assert_int_equal(auth_by_member(db, 1, &who), OUTCOME_REFUSED); /* the system is nobody */
}

static void cookies_live_and_end(void **state)
{
    int64_t id = new_member("b@example.com"), hour_ago = clock_wall_ms() - 3700 * 1000;
    char cookie[TOKEN_TEXT_SIZE], other[TOKEN_TEXT_SIZE];

    (void)state;
    assert_int_equal(auth_sign_in(db, config, id, cookie), OUTCOME_DONE);
    assert_int_equal(auth_sign_in(db, config, id, other), OUTCOME_DONE);
    assert_string_not_equal(cookie, other);
    assert_int_equal(auth_by_cookie(db, config, cookie, &who, &refusal), OUTCOME_DONE);
    assert_int_equal(who.member_id, id);
    /* its life grows when it was not written for an hour, and only then */
    assert_true(db_exec(db, "UPDATE login_session SET last_used = ?, expires = ? WHERE member_id = ?",
                        DB_ARGS(db_time(hour_ago), db_time(clock_wall_ms() + 60000), db_int(id)), NULL));
    assert_int_equal(auth_by_cookie(db, config, cookie, &who, &refusal), OUTCOME_DONE);
    assert_int_equal(number("SELECT COUNT(*) FROM login_session WHERE member_id = ? AND expires > UTC_TIMESTAMP(3) + INTERVAL 29 DAY", id), 1);
    /* the end of one is not the end of the other */
    assert_int_equal(auth_sign_out(db, cookie), OUTCOME_DONE);
    assert_int_equal(auth_by_cookie(db, config, cookie, &who, &refusal), OUTCOME_REFUSED);
    assert_int_equal(refusal.status, 401);
    assert_int_equal(auth_by_cookie(db, config, other, &who, &refusal), OUTCOME_DONE);
    assert_int_equal(number("SELECT COUNT(*) FROM right_change WHERE member_id = ?", id), 1);
    assert_int_equal(auth_sign_out(db, cookie), OUTCOME_DONE);
    assert_int_equal(number("SELECT COUNT(*) FROM right_change WHERE member_id = ?", id), 1);
    assert_int_equal(auth_sign_out(db, "junk"), OUTCOME_SAME);
    /* past its time */
    assert_true(db_exec(db, "UPDATE login_session SET expires = UTC_TIMESTAMP(3) WHERE member_id = ?", DB_ARGS(db_int(id)), NULL));
    assert_int_equal(auth_by_cookie(db, config, other, &who, &refusal), OUTCOME_REFUSED);
    assert_int_equal(auth_sweep(db), OUTCOME_DONE);
    assert_int_equal(number("SELECT COUNT(*) FROM login_session WHERE member_id = ?", id), 0);
    assert_int_equal(number("SELECT COUNT(*) FROM right_change WHERE member_id = ?", id), 1);
}

static void tokens_carry_a_scope(void **state)
{
    int64_t id = new_member("c@example.com"), expires = 0;
    char token[TOKEN_TEXT_SIZE];

    (void)state;
    assert_int_equal(auth_new_token(db, config, id, "stats:read", token, &expires), OUTCOME_DONE);
    assert_true(expires > clock_wall_ms() + INT64_C(89) * 86400000);
    assert_int_equal(auth_by_bearer(db, config, token, &who, &refusal), OUTCOME_DONE);
    assert_string_equal(who.scope, "stats:read");
    assert_true(who.by_bearer);
    assert_int_equal(auth_by_cookie(db, config, token, &who, &refusal), OUTCOME_REFUSED); /* no cookie */
    token[0] = token[0] == 'A' ? 'B' : 'A';
    assert_int_equal(auth_by_bearer(db, config, token, &who, &refusal), OUTCOME_REFUSED);
    assert_int_equal(auth_by_bearer(db, config, "", &who, &refusal), OUTCOME_REFUSED);
}

enum { GOOD_COOKIE, GOOD_TOKEN, UNKNOWN, JUNK, EXPIRED, SIGNED_OUT, DISABLED, WRONG_KIND, SAME_COOKIE, CASES, MANY = CASES * 23 };

static void many_are_looked_up_at_once(void **state)
{
    static struct auth_claim claims[MANY], *list[MANY];
    static char secrets[MANY][TOKEN_TEXT_SIZE];
    int64_t ids[MANY], now_ms = clock_wall_ms(), expires;
    char email[40];

    (void)state;
    for (int i = 0; i < MANY; i++) {
        const int what = i % CASES;

        snprintf(email, sizeof(email), "many%d@example.com", i);
        assert_true(db_exec(db, "INSERT INTO member (email, nickname, gubun, status, cdate, udate) VALUES (?, ?, 1, 1, ?, ?)",
                            DB_ARGS(db_text(email), db_text(email), db_time(now_ms), db_time(now_ms)), NULL));
        ids[i] = db_insert_id(db);
        list[i] = &claims[i];
        claims[i] = (struct auth_claim){.secret = secrets[i], .is_bearer = what == GOOD_TOKEN || what == WRONG_KIND};
        if (what == UNKNOWN)
            token_new(secrets[i]);
        else if (what == JUNK)
            claims[i].secret = i % 2 ? "" : "' OR 1 = 1 --                              ";
        else if (what == SAME_COOKIE)
            claims[i].secret = secrets[i - SAME_COOKIE + GOOD_COOKIE];
        else if (what == GOOD_TOKEN)
            assert_int_equal(auth_new_token(db, config, ids[i], i % 2 ? "" : "stats:read", secrets[i], &expires), OUTCOME_DONE);
        else
            assert_int_equal(auth_sign_in(db, config, ids[i], secrets[i]), OUTCOME_DONE);
        if (what == EXPIRED)
            assert_true(db_exec(db, "UPDATE login_session SET expires = ? WHERE member_id = ?", DB_ARGS(db_time(now_ms - 1), db_int(ids[i])), NULL));
        if (what == SIGNED_OUT)
            assert_int_equal(auth_sign_out(db, secrets[i]), OUTCOME_DONE);
        if (what == DISABLED) /* the row of the sign-in is still there */
            assert_true(db_exec(db, "UPDATE member SET status = 0 WHERE member_id = ?", DB_ARGS(db_int(ids[i])), NULL));
    }
    assert_true(db_exec(db, "UPDATE login_session SET last_used = ? WHERE member_id = ?", DB_ARGS(db_time(now_ms - 3600000), db_int(ids[GOOD_COOKIE])), NULL));
    auth_by_secrets(db, config, list, MANY);
    for (int i = 0; i < MANY; i++) {
        const int what = i % CASES;
        const bool is_good = what == GOOD_COOKIE || what == GOOD_TOKEN || what == SAME_COOKIE;
        const int64_t id = !is_good ? 0 : ids[what == SAME_COOKIE ? i - SAME_COOKIE + GOOD_COOKIE : i];

        assert_int_equal(claims[i].outcome, is_good ? OUTCOME_DONE : OUTCOME_REFUSED);
        assert_int_equal(claims[i].who.member_id, id);
        assert_int_equal(claims[i].who.role, is_good ? ROLE_CUSTOMER : ROLE_NONE);
        assert_int_equal(claims[i].who.by_bearer, what == GOOD_TOKEN);
        assert_string_equal(claims[i].who.scope, what == GOOD_TOKEN && i % 2 == 0 ? "stats:read" : "");
    }
    /* of all those cookies one was old enough to be written anew */
    assert_int_equal(number("SELECT COUNT(*) FROM login_session WHERE member_id = ? AND last_used > UTC_TIMESTAMP(3) - INTERVAL 1 MINUTE", ids[GOOD_COOKIE]), 1);
    assert_int_equal(number("SELECT COUNT(*) FROM login_session WHERE member_id > ? AND expires < cdate", 0), (MANY / CASES));
    for (size_t n = 1; n < 10; n++) { /* each size of a statement */
        auth_by_secrets(db, config, list, n);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(claims[i].who.member_id, i == SAME_COOKIE || i == GOOD_COOKIE ? ids[GOOD_COOKIE] : i == GOOD_TOKEN ? ids[i] : 0);
    }
    auth_by_secrets(db, config, list, 0);
}

static void a_changed_password_ends_all(void **state)
{
    int64_t id = new_member("d@example.com"), expires;
    char cookie[TOKEN_TEXT_SIZE], token[TOKEN_TEXT_SIZE];

    (void)state;
    assert_int_equal(auth_sign_in(db, config, id, cookie), OUTCOME_DONE);
    assert_int_equal(auth_new_token(db, config, id, "", token, &expires), OUTCOME_DONE);
    assert_int_equal(member_set_password(db, "nobody@example.com", "another one", &refusal), OUTCOME_REFUSED);
    assert_int_equal(refusal.status, 404);
    assert_int_equal(member_set_password(db, "d@example.com", "short", &refusal), OUTCOME_REFUSED);
    assert_int_equal(member_set_password(db, "D@example.com", "another one", &refusal), OUTCOME_DONE);
    assert_int_equal(auth_by_cookie(db, config, cookie, &who, &refusal), OUTCOME_REFUSED);
    assert_int_equal(auth_by_bearer(db, config, token, &who, &refusal), OUTCOME_REFUSED);
    assert_int_equal(sign_in("d@example.com", "a good password"), OUTCOME_REFUSED);
    assert_int_equal(sign_in("d@example.com", "another one"), OUTCOME_DONE);
    assert_int_equal(member_set_status(db, "d@example.com", 0, &refusal), OUTCOME_DONE);
    assert_int_equal(sign_in("d@example.com", "another one"), OUTCOME_REFUSED);
    assert_int_equal(auth_by_member(db, id, &who), OUTCOME_REFUSED);
    assert_int_equal(number("SELECT COUNT(*) FROM right_change WHERE member_id = ?", id), 2);
    assert_false(db_in_transaction(db));
}

/* The hash wants 19 MiB at once: a right password that could not be checked is not a wrong one. */
static void a_password_is_not_wrong_because_memory_is_out(void **state)
{
    struct rlimit before, small;
    long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "re");
    enum outcome short_of_memory, rested;

    (void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    fclose(statm);
    skip(); /* their own memory is outside of such a limit */
#endif
    new_member("memory@example.com");
    assert_int_equal(fscanf(statm, "%ld", &pages), 1);
    fclose(statm);
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    small = before;
    small.rlim_cur = (rlim_t)(pages * sysconf(_SC_PAGESIZE)) + 8 * 1024 * 1024;
    assert_int_equal(setrlimit(RLIMIT_AS, &small), 0);
    short_of_memory = sign_in("memory@example.com", "a good password");
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    rested = sign_in("memory@example.com", "a good password");
    assert_int_equal(short_of_memory, OUTCOME_AWAY);
    assert_int_equal(rested, OUTCOME_DONE);
}

static void staff_is_named_by_the_owner(void **state)
{
    int64_t id;

    (void)state;
    assert_int_equal(member_add(db, "agent@example.com", "a good password", "상담사 김하늘", ROLE_AGENT, &id, &refusal), OUTCOME_DONE);
    assert_int_equal(auth_by_member(db, id, &who), OUTCOME_DONE);
    assert_int_equal(who.role, ROLE_AGENT);
    assert_int_equal(member_set_lang(db, id, "en"), OUTCOME_DONE);
    assert_int_equal(auth_by_member(db, id, &who), OUTCOME_DONE);
    assert_string_equal(who.lang, "en");
    assert_int_equal(member_new_guest(db, "상담사 김하늘", &id, &refusal), OUTCOME_REFUSED);
    assert_int_equal(member_new_guest(db, "손님", &id, &refusal), OUTCOME_DONE);
    assert_int_equal(member_new_guest(db, "손님", &id, &refusal), OUTCOME_DONE); /* names need not be unique */
    assert_int_equal(auth_by_member(db, id, &who), OUTCOME_DONE);
    assert_int_equal(who.role, ROLE_GUEST);
    assert_string_equal(who.email, "");
}

static _Atomic int tried, braked;

static void *try_many(void *unused)
{
    struct db *own = db_open(config);

    for (int i = 0; i < 200 / TRIERS; i++) {
        struct refusal r = {0};
        struct principal p;

        if (auth_by_password(own, config, "victim@example.com", "guess", "192.0.2.9", &p, &r) != OUTCOME_REFUSED)
            continue;
        atomic_fetch_add(r.status == 429 ? &braked : &tried, 1);
        if (r.status == 429 && (r.retry_after_ms <= 0 || r.retry_after_ms > 60000))
            atomic_fetch_add(&tried, 1000);
    }
    db_close(&own);
    return unused;
}

static void parallel_tries_are_braked_exactly(void **state)
{
    pthread_t threads[TRIERS];
    int64_t began = clock_monotonic_ms(), spent;

    (void)state;
    new_member("victim@example.com");
    for (size_t i = 0; i < TRIERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, try_many, NULL), 0);
    for (size_t i = 0; i < TRIERS; i++)
        pthread_join(threads[i], NULL);
    spent = clock_monotonic_ms() - began;
    /* one more for each 6 s that passed */
    assert_in_range(atomic_load(&tried), LOGIN_TRIES, LOGIN_TRIES + (uintmax_t)(spent / 6000) + 1);
    assert_int_equal(atomic_load(&tried) + atomic_load(&braked), 200);
}

static void codes_are_found(void **state)
{
    struct code c, *list;
    char name[401];
    size_t n;

    (void)state;
    assert_true(code_resolve(GROUP_CATEGORY, "200", &c));
    assert_string_equal(c.code, "DELIVERY");
    assert_true(code_resolve(GROUP_CATEGORY, "DELIVERY", &c));
    assert_int_equal(c.code_id, 200);
    assert_false(code_resolve(GROUP_CATEGORY, "1", &c)); /* another group's */
    assert_false(code_resolve(GROUP_CATEGORY, "0200", &c));
    assert_false(code_resolve(GROUP_CATEGORY, "delivery", &c));
    assert_false(code_resolve(GROUP_CATEGORY, "99999999999999999999", &c));
    assert_false(code_resolve(GROUP_CATEGORY, "", &c));
    code_name(STATUS_WAITING, LANG_KO, name, sizeof(name));
    assert_string_equal(name, "대기 중");
    code_name(STATUS_WAITING, LANG_EN, name, sizeof(name));
    assert_string_equal(name, "Waiting");
    code_name(9999, LANG_EN, name, sizeof(name));
    assert_string_equal(name, "");
    n = code_list(GROUP_STATUS, &list);
    assert_int_equal(n, 4);
    assert_int_equal(list[0].code_id, STATUS_WAITING);
    free(list);
}

static int64_t upload(const char *name, const char *text, int64_t session_no, int64_t member_id)
{
    struct upload *u = upload_begin(config, name, strlen(name), &refusal);
    int64_t file_id = 0;

    assert_non_null(u);
    assert_true(upload_feed(u, text, strlen(text), &refusal));
    assert_int_equal(upload_finish(u, db, session_no, member_id, &file_id, &refusal), OUTCOME_DONE);
    upload_abort(&u);
    assert_null(u);
    return file_id;
}

static size_t files_on_disk(void)
{
    DIR *d = opendir(dir);
    struct dirent *entry;
    size_t n = 0;

    assert_non_null(d);
    while ((entry = readdir(d)))
        n += entry->d_name[0] != '.' && strcmp(entry->d_name, "counters") != 0;
    closedir(d);
    return n;
}

/* Makes all files look two days old. */
static void age_files(void)
{
    const struct timespec old[2] = {{.tv_sec = clock_wall_ms() / 1000 - 2 * 86400}, {.tv_sec = clock_wall_ms() / 1000 - 2 * 86400}};
    DIR *d = opendir(dir);
    struct dirent *entry;

    assert_non_null(d);
    while ((entry = readdir(d))) {
        if (entry->d_name[0] != '.')
            assert_int_equal(utimensat(dirfd(d), entry->d_name, old, 0), 0);
    }
    closedir(d);
}

/* ---- a row promises bytes that are on disk: fsync() is watched, and fails when told ---- */

static int syncs, sync_that_fails;
static int64_t rows_at_sync[2];
static char synced[2][PATH_MAX];

static int64_t file_rows(void)
{
    struct db_rows *rows = db_query(db, "SELECT COUNT(*) FROM attachment", NULL, 0);
    const int64_t n = db_cell_int(rows, 0, 0);

    db_rows_free(&rows);
    return n;
}

int fsync(int fd)
{
    char link[64];
    ssize_t n;

    if (syncs < 2) {
        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        n = readlink(link, synced[syncs], sizeof(synced[0]) - 1);
        synced[syncs][n > 0 ? n : 0] = '\0';
        rows_at_sync[syncs] = file_rows();
    }
    if (++syncs == sync_that_fails) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fsync, fd);
}

static void files_are_on_disk_before_their_row(void **state)
{
    struct principal customer = {.role = ROLE_CUSTOMER, .member_id = new_member("synced@example.com")};
    const int64_t rows_before = file_rows();
    const size_t files_before = files_on_disk();
    struct change change;
    struct upload *u;
    int64_t session_no, file_id;

    (void)state;
    assert_int_equal(session_request(db, &customer, 200, NULL, &change, &refusal), OUTCOME_DONE);
    session_no = change.session.session_no;
    change_clear(&change);
    log_set_level(LOG_FATAL);
    for (sync_that_fails = 1; sync_that_fails <= 2; sync_that_fails++) {
        syncs = 0;
        u = upload_begin(config, "a.txt", 5, &refusal);
        assert_non_null(u);
        assert_true(upload_feed(u, "bytes", 5, &refusal));
        assert_int_equal(upload_finish(u, db, session_no, customer.member_id, &file_id, &refusal), OUTCOME_REFUSED);
        assert_int_equal(refusal.status, 507);
        upload_abort(&u);
        assert_int_equal(file_rows(), rows_before);
        assert_int_equal(files_on_disk(), files_before);
    }
    log_set_level(LOG_ERROR);
    sync_that_fails = syncs = 0;
    file_id = upload("a.txt", "bytes", session_no, customer.member_id);
    assert_int_equal(syncs, 2);
    assert_non_null(strstr(synced[0], "/part-"));      /* the bytes under their first name ... */
    assert_string_equal(strrchr(synced[1], '/'), strrchr(dir, '/')); /* ... then the folder with the last one */
    assert_int_equal(rows_at_sync[0], rows_before);
    assert_int_equal(rows_at_sync[1], rows_before);
    assert_int_equal(file_rows(), rows_before + 1);
    assert_int_equal(number("SELECT COUNT(*) FROM attachment WHERE file_id = ? AND sha256 = UNHEX(SHA2('bytes', 256)) AND size = 5", file_id), 1);
    attachment_drop(db, config, file_id);
    assert_int_equal(file_rows(), rows_before);
    assert_int_equal(files_on_disk(), files_before);
}

static void files_without_a_message_are_swept(void **state)
{
    struct principal customer = {.role = ROLE_CUSTOMER, .member_id = new_member("files@example.com")};
    char session_id[UUID_TEXT_SIZE];
    struct message_draft draft = {.session_id = session_id};
    struct change change;
    struct attachment a;
    int64_t kept, lost, session_no;
    unsigned removed;
    struct upload *part;

    (void)state;
    change_init(&change);
    assert_int_equal(session_request(db, &customer, 200, NULL, &change, &refusal), OUTCOME_DONE);
    session_no = change.session.session_no;
    memcpy(session_id, change.session.session_id, sizeof(session_id));
    kept = upload("a.txt", "kept", session_no, customer.member_id);
    lost = upload("a.txt", "lost", session_no, customer.member_id);
    part = upload_begin(config, "a.txt", 5, &refusal);
    assert_non_null(part);
    draft.file_id = kept;
    change_clear(&change);
    assert_int_equal(message_send(db, &customer, &draft, &change, &refusal), OUTCOME_DONE);
    change_clear(&change);
    assert_int_equal(files_on_disk(), 3);
    attachment_sweep(db, config, &removed); /* all is young */
    assert_int_equal(removed, 0);
    age_files();
    assert_true(db_exec(db, "UPDATE attachment SET cdate = cdate - INTERVAL 2 DAY", NULL, 0, NULL));
    attachment_sweep(db, config, &removed);
    assert_int_equal(removed, 2);
    assert_int_equal(files_on_disk(), 1);
    assert_int_equal(attachment_find(db, &customer, kept, &a, &refusal), OUTCOME_DONE);
    assert_string_equal(a.info.name, "a.txt");
    assert_int_equal(a.info.size, 4);
    assert_int_equal(attachment_find(db, &customer, lost, &a, &refusal), OUTCOME_REFUSED);
    assert_int_equal(refusal.status, 404);
    upload_abort(&part);
    /* a message's file can't be dropped; an erased one's bytes go */
    log_set_level(LOG_FATAL);
    attachment_drop(db, config, kept);
    log_set_level(LOG_ERROR);
    assert_int_equal(files_on_disk(), 1);
    assert_true(db_exec(db, "UPDATE attachment SET status = 9 WHERE file_id = ?", DB_ARGS(db_int(kept)), NULL));
    attachment_sweep(db, config, &removed);
    assert_int_equal(removed, 1);
    assert_int_equal(attachment_find(db, &customer, kept, &a, &refusal), OUTCOME_REFUSED);
    assert_int_equal(refusal.status, 410);
    assert_int_equal(files_on_disk(), 0);
}

/* Connection failures are AWAY, never a refusal that would sign somebody out. */
static void an_absent_database_refuses_nobody(void **state)
{
    char error[200];
    struct config *absent = config_load_pairs((const char *const[]){"db_socket=/nonexistent"}, 1, error, sizeof(error));
    static struct auth_claim claims[100], *list[100];
    struct db *nowhere;
    char secret[TOKEN_TEXT_SIZE];

    (void)state;
    assert_non_null(absent);
    nowhere = db_open(absent);
    token_new(secret);
    log_set_level(LOG_FATAL);
    assert_int_equal(auth_by_cookie(nowhere, absent, secret, &who, &refusal), OUTCOME_AWAY);
    assert_int_equal(auth_by_bearer(nowhere, absent, secret, &who, &refusal), OUTCOME_AWAY);
    for (size_t i = 0; i < 100; i++) {
        list[i] = &claims[i];
        claims[i] = (struct auth_claim){.secret = i == 50 ? "junk" : secret, .is_bearer = i % 2};
    }
    auth_by_secrets(nowhere, absent, list, 100);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(claims[i].outcome, i == 50 ? OUTCOME_REFUSED : OUTCOME_AWAY);
    assert_int_equal(auth_by_password(nowhere, config, "x@example.com", "a password", "", &who, &refusal), OUTCOME_AWAY);
    assert_int_equal(auth_sign_out(nowhere, secret), OUTCOME_AWAY);
    assert_int_equal(auth_by_member(nowhere, 2, &who), OUTCOME_AWAY);
    log_set_level(LOG_ERROR);
    db_close(&nowhere);
    config_free(&absent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_up_and_in),
        cmocka_unit_test(cookies_live_and_end),
        cmocka_unit_test(tokens_carry_a_scope),
        cmocka_unit_test(many_are_looked_up_at_once),
        cmocka_unit_test(a_changed_password_ends_all),
        cmocka_unit_test(a_password_is_not_wrong_because_memory_is_out),
        cmocka_unit_test(staff_is_named_by_the_owner),
        cmocka_unit_test(parallel_tries_are_braked_exactly),
        cmocka_unit_test(codes_are_found),
        cmocka_unit_test(files_are_on_disk_before_their_row),
        cmocka_unit_test(files_without_a_message_are_swept),
        cmocka_unit_test(an_absent_database_refuses_nobody),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
