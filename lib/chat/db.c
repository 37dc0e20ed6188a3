/* db: see db.h. Results are read whole as text: each column is bound to a small scratch buffer and only longer cells are fetched a
 * second time, so that one simple path serves all statements. */
#include "lib/chat/db.h"

#include <errmsg.h>
#include <mysql.h>
#include <mysqld_error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/chat/config.h"
#include "lib/chat/counter.h"
#include "lib/chat/db_error.h"
#include "lib/chat/db_rows.h"
#include "lib/chat/table.h"

#define ARGS_MAX 1024 /* three to an item of a list of DB_MANY_MAX (db_many.h), and some */
#define COLUMNS_MAX 64
#define SCRATCH 64 /* bytes: most cells fit */

struct statement {
    const char *sql; /* the key: its address */
    MYSQL_STMT *stmt;
    UT_hash_handle hh;
};

struct db {
    const struct config *config;
    bool admin;
    bool in_transaction;
    bool chains;     /* COMMIT and ROLLBACK begin the next transaction */
    bool is_chained; /* the server has begun it */
    bool is_fresh;   /* db_begin() sent nothing: whether the link lives shows at the first statement */
    bool has_read;   /* a SELECT ran in what is_chained says */
    bool has_connected; /* once: a later loss is worth a counter */
    MYSQL *my;
    struct statement *statements;
    enum db_error error;
    unsigned number;
    char text[256];
    char duplicate_key[65];
    int64_t insert_id;
    void (*on_commit)(void *arg);
    void *on_commit_arg;
};

struct db_arg db_textn(const char *s, size_t n)
{
    struct db_arg a = {.type = DB_ARG_NULL};

    if (s) {
        a.type = DB_ARG_TEXT;
        a.s = s;
        a.n = n == SIZE_MAX ? strlen(s) : n;
    }
    return a;
}

static struct db *open_handle(const struct config *config, bool admin)
{
    struct db *db = calloc(1, sizeof(*db));

    if (db) {
        db->config = config;
        db->admin = admin;
    }
    return db;
}

struct db *db_open(const struct config *config)
{
    return open_handle(config, false);
}

struct db *db_open_admin(const struct config *config)
{
    return open_handle(config, true);
}

const struct config *db_config(const struct db *db)
{
    return db->config;
}

void db_set_config(struct db *db, const struct config *config)
{
    db->config = config;
}

static void drop_connection(struct db *db)
{
    struct statement *s, *next;

    HASH_ITER(hh, db->statements, s, next) {
        HASH_DEL(db->statements, s);
        mysql_stmt_close(s->stmt);
        free(s);
    }
    if (db->my)
        mysql_close(db->my);
    db->my = NULL;
    db->is_chained = db->has_read = false;
}

void db_close(struct db **db)
{
    if (!*db)
        return;
    drop_connection(*db);
    free(*db);
    *db = NULL;
}

/* Keeps the facts of a failure; the connection goes when the link did. Returns false for the caller to return. */
static bool fail(struct db *db, unsigned number, const char *text)
{
    const char *key;

    db->number = number ? number : CR_UNKNOWN_ERROR;
    db->error = db_error_class(db->number);
    snprintf(db->text, sizeof(db->text), "%s", text ? text : "");
    db->duplicate_key[0] = '\0';
    if (db->error == DB_DUPLICATE && (key = strstr(db->text, "for key '")) != NULL)
        snprintf(db->duplicate_key, sizeof(db->duplicate_key), "%.*s", (int)strcspn(key + 9, "'"), key + 9);
    if (db->error == DB_BAD)
        log_error("db_refused errno=%u text=%s", db->number, log_value(db->text));
    else if (db->error == DB_AWAY)
        log_warn("db_away errno=%u text=%s", db->number, log_value(db->text));
    if (db_error_is_link(db->number)) {
        if (db->has_connected)
            counter_add(COUNT_db_lost, 1);
        drop_connection(db);
    }
    return false;
}

static bool fine(struct db *db)
{
    db->error = DB_FINE;
    db->number = 0;
    db->text[0] = '\0';
    db->duplicate_key[0] = '\0';
    return true;
}

static const char *or_null(const char *s)
{
    return s && *s ? s : NULL;
}

static bool connect_now(struct db *db)
{
    static const char session_start[] =
        "SET SESSION sql_mode='STRICT_TRANS_TABLES,STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',"
        " time_zone='+00:00', innodb_lock_wait_timeout=1, tx_isolation='READ-COMMITTED'";
    const struct config *c = db->config;
    const bool as_admin = db->admin && *c->db_admin_user;
    unsigned connect_s = (unsigned)((c->db_connect_timeout + 999) / 1000), read_s = (unsigned)((c->db_read_timeout + 999) / 1000);
    unsigned no = 0, patient_s = 3600;
    my_bool off = 0;

    db->my = mysql_init(NULL);
    if (!db->my)
        return fail(db, CR_OUT_OF_MEMORY, "out of memory");
    mysql_options(db->my, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    mysql_options(db->my, MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);
    mysql_options(db->my, MYSQL_OPT_READ_TIMEOUT, db->admin ? &patient_s : &read_s);
    mysql_options(db->my, MYSQL_OPT_WRITE_TIMEOUT, &read_s);
    mysql_options(db->my, MYSQL_OPT_LOCAL_INFILE, &no);
    mysql_options(db->my, MYSQL_OPT_RECONNECT, &off); /* it loses prepared statements and locks silently */
    mysql_options(db->my, MYSQL_INIT_COMMAND, session_start);
    if (db->chains)
        mysql_options(db->my, MYSQL_INIT_COMMAND, "SET SESSION completion_type='CHAIN'");
    if (*c->db_defaults_file) {
        mysql_options(db->my, MYSQL_READ_DEFAULT_FILE, c->db_defaults_file);
        mysql_options(db->my, MYSQL_READ_DEFAULT_GROUP, c->db_defaults_group);
    }
    if (!mysql_real_connect(db->my, or_null(c->db_host), as_admin ? c->db_admin_user : or_null(c->db_user),
                            as_admin ? c->db_admin_password : or_null(c->db_password), or_null(c->db_name), (unsigned)c->db_port,
                            *c->db_host ? NULL : or_null(c->db_socket),
                            CLIENT_FOUND_ROWS | (db->admin ? CLIENT_MULTI_STATEMENTS : 0))) {
        unsigned number = mysql_errno(db->my);
        char text[200];

        snprintf(text, sizeof(text), "%s", mysql_error(db->my));
        fail(db, number, text);
        drop_connection(db);
        db->error = DB_AWAY;
        return false;
    }
    db->has_connected = true;
    return true;
}

static bool ready(struct db *db)
{
    if (db->my)
        return true;
    if (db->in_transaction) /* the link went in the middle: what was done is gone, say so until the rollback */
        return fail(db, CR_SERVER_LOST, "connection lost in a transaction");
    return connect_now(db);
}

enum db_error db_last_error(const struct db *db)
{
    return db->error;
}

unsigned db_last_errno(const struct db *db)
{
    return db->number;
}

const char *db_last_text(const struct db *db)
{
    return db->text;
}

bool db_has_waited(const struct db *db)
{
    return db->number == ER_LOCK_WAIT_TIMEOUT;
}

const char *db_duplicate_key(const struct db *db)
{
    return db->duplicate_key;
}

int64_t db_insert_id(const struct db *db)
{
    return db->insert_id;
}

bool db_in_transaction(const struct db *db)
{
    return db->in_transaction;
}

static bool run_text(struct db *db, const char *sql)
{
    if (mysql_query(db->my, sql) == 0)
        return fine(db);
    return fail(db, mysql_errno(db->my), mysql_error(db->my));
}

bool db_ping(struct db *db)
{
    struct db_rows *rows = db_query(db, "SELECT 1", NULL, 0);
    bool ok = rows != NULL;

    db_rows_free(&rows);
    return ok;
}

/* The server has answered COMMIT or ROLLBACK. */
static void has_ended(struct db *db)
{
    db->is_chained = db->chains && db->my;
    db->has_read = false;
}

bool db_begin(struct db *db)
{
    if (db->in_transaction)
        db_rollback(db);
    if (!ready(db))
        return false;
    if (db->is_chained) {
        db->in_transaction = db->is_fresh = true;
        return fine(db);
    }
    /* An idle connection that the server closed meanwhile fails here: nothing is lost by connecting once more. */
    if (!run_text(db, "START TRANSACTION") && (db->my || !ready(db) || !run_text(db, "START TRANSACTION")))
        return false;
    db->in_transaction = true;
    return true;
}

bool db_begin_snapshot(struct db *db, int statement_ms)
{
    char limit[80];

    snprintf(limit, sizeof(limit), "SET SESSION max_statement_time = %d.%03d", statement_ms / 1000, statement_ms % 1000);
    if (db->in_transaction)
        db_rollback(db);
    if (!ready(db))
        return false;
    if (!run_text(db, limit) && (db->my || !ready(db) || !run_text(db, limit))) /* as in db_begin() */
        return false;
    if (!run_text(db, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ") || !run_text(db, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"))
        return false;
    db->in_transaction = true;
    return true;
}

void db_set_chaining(struct db *db)
{
    db->chains = true;
}

/* What is to be committed by itself must not become a part of the transaction that a COMMIT began. */
static bool leave_chain(struct db *db)
{
    if (db->in_transaction || !db->is_chained)
        return true;
    db->is_chained = db->has_read = false;
    return run_text(db, "COMMIT AND NO CHAIN") || !db->my; /* a link that is gone is made anew by what comes */
}

void db_rest(struct db *db)
{
    if (!db->in_transaction && db->is_chained && db->has_read)
        leave_chain(db);
}

static void note_unknown(struct db *db)
{
    db->error = DB_UNKNOWN;
    counter_add(COUNT_commit_unknown, 1);
}

void db_set_on_commit(struct db *db, void (*on_commit)(void *arg), void *arg)
{
    db->on_commit = on_commit;
    db->on_commit_arg = arg;
}

static void tell_commit(const struct db *db)
{
    if (db->on_commit)
        db->on_commit(db->on_commit_arg);
}

bool db_commit(struct db *db)
{
    db->in_transaction = false;
    if (!db->my)
        return fail(db, CR_SERVER_LOST, "connection lost before COMMIT");
    tell_commit(db);
    if (run_text(db, "COMMIT")) {
        has_ended(db);
        return true;
    }
    if (!db->my) {
        note_unknown(db);
    } else {
        db->is_chained = false;
        mysql_query(db->my, "ROLLBACK AND NO CHAIN");
    }
    return false;
}

void db_rollback(struct db *db)
{
    enum db_error error = db->error;
    unsigned number = db->number;

    if (db->in_transaction && db->my && mysql_query(db->my, "ROLLBACK") != 0)
        drop_connection(db);
    else if (db->in_transaction)
        has_ended(db);
    db->in_transaction = db->is_fresh = false;
    db->error = error; /* the reason for the roll back stays readable */
    db->number = number;
}

static MYSQL_STMT *prepare(struct db *db, const char *sql)
{
    MYSQL_STMT *stmt = mysql_stmt_init(db->my);

    if (!stmt) {
        fail(db, CR_OUT_OF_MEMORY, "out of memory");
        return NULL;
    }
    if (mysql_stmt_prepare(stmt, sql, (unsigned long)strlen(sql)) != 0) {
        unsigned number = mysql_stmt_errno(stmt);
        char text[200];

        snprintf(text, sizeof(text), "%s", mysql_stmt_error(stmt));
        mysql_stmt_close(stmt);
        fail(db, number, text);
        return NULL;
    }
    return stmt;
}

static MYSQL_STMT *cached(struct db *db, const char *sql)
{
    struct statement *s;

    HASH_FIND(hh, db->statements, &sql, sizeof(sql), s);
    if (s)
        return s->stmt;
    s = calloc(1, sizeof(*s));
    if (!s) {
        fail(db, CR_OUT_OF_MEMORY, "out of memory");
        return NULL;
    }
    s->sql = sql;
    s->stmt = prepare(db, sql);
    if (!s->stmt) {
        free(s);
        return NULL;
    }
    HASH_ADD(hh, db->statements, sql, sizeof(s->sql), s);
    if (!table_has(s)) {
        mysql_stmt_close(s->stmt);
        free(s);
        fail(db, CR_OUT_OF_MEMORY, "out of memory");
        return NULL;
    }
    return s->stmt;
}

static bool fail_statement(struct db *db, MYSQL_STMT *stmt)
{
    unsigned number = mysql_stmt_errno(stmt);
    char text[256];

    snprintf(text, sizeof(text), "%s", mysql_stmt_error(stmt));
    if (!db_error_is_link(number)) {
        mysql_stmt_free_result(stmt);
        mysql_stmt_reset(stmt);
    }
    return fail(db, number, text);
}

/* Binds the arguments and executes. */
static bool execute(struct db *db, MYSQL_STMT *stmt, const struct db_arg *args, size_t n)
{
    MYSQL_BIND bind[ARGS_MAX];
    char times[ARGS_MAX][CLOCK_TEXT_SIZE];
    long long ints[ARGS_MAX];
    size_t i;

    if (n > ARGS_MAX || mysql_stmt_param_count(stmt) != n)
        return fail(db, ER_WRONG_ARGUMENTS, "wrong number of arguments");
    memset(bind, 0, n * sizeof(bind[0]));
    for (i = 0; i < n; i++) {
        const struct db_arg *a = &args[i];

        if (a->type == DB_ARG_NULL || (a->type == DB_ARG_TIME && a->i < 0)) {
            bind[i].buffer_type = MYSQL_TYPE_NULL;
        } else if (a->type == DB_ARG_INT) {
            ints[i] = a->i;
            bind[i].buffer_type = MYSQL_TYPE_LONGLONG;
            bind[i].buffer = &ints[i];
        } else if (a->type == DB_ARG_TIME) {
            clock_sql(a->i, times[i]);
            bind[i].buffer_type = MYSQL_TYPE_STRING;
            bind[i].buffer = times[i];
            bind[i].buffer_length = (unsigned long)strlen(times[i]);
        } else {
            bind[i].buffer_type = a->type == DB_ARG_BYTES ? MYSQL_TYPE_BLOB : MYSQL_TYPE_STRING;
            bind[i].buffer = (void *)(uintptr_t)a->s;
            bind[i].buffer_length = (unsigned long)a->n;
        }
    }
    if ((n && mysql_stmt_bind_param(stmt, bind) != 0) || mysql_stmt_execute(stmt) != 0)
        return fail_statement(db, stmt);
    return true;
}

/* A link that is gone is made anew where nothing is lost with it: outside a transaction, or before the first statement of one. */
static bool renew(struct db *db, bool is_first)
{
    if (!is_first)
        return !db->in_transaction && ready(db);
    db->in_transaction = false;
    db->in_transaction = ready(db) && run_text(db, "START TRANSACTION");
    return db->in_transaction;
}

/* Finds the statement and runs it. Outside a transaction a link that the server had closed is made anew, once; nothing was sent over
 * the dead one that could have been done. */
static MYSQL_STMT *run(struct db *db, const char *sql, const struct db_arg *args, size_t n)
{
    const bool was_connected = db->has_connected, is_first = db->in_transaction && db->is_fresh;
    MYSQL_STMT *stmt = ready(db) ? cached(db, sql) : NULL;

    db->is_fresh = false;
    if (!stmt && !db->my && was_connected && renew(db, is_first))
        stmt = cached(db, sql);
    if (stmt && execute(db, stmt, args, n))
        return stmt;
    if (stmt && !db->my && (is_first || db->number == CR_SERVER_GONE_ERROR) && renew(db, is_first)) {
        stmt = cached(db, sql);
        if (stmt && execute(db, stmt, args, n))
            return stmt;
    }
    return NULL;
}

bool db_exec_commit(struct db *db, const char *sql, const struct db_arg *args, size_t n)
{
    MYSQL_STMT *stmt = ready(db) ? cached(db, sql) : NULL;

    db->is_fresh = false;
    if (!stmt)
        return false;
    tell_commit(db);
    if (execute(db, stmt, args, n)) {
        db->in_transaction = false;
        has_ended(db);
        return fine(db);
    }
    if (!db->my) {
        db->in_transaction = false;
        note_unknown(db);
    }
    return false;
}

bool db_exec(struct db *db, const char *sql, const struct db_arg *args, size_t n, uint64_t *affected_r)
{
    MYSQL_STMT *stmt = leave_chain(db) ? run(db, sql, args, n) : NULL;

    if (!stmt)
        return false;
    if (affected_r)
        *affected_r = mysql_stmt_affected_rows(stmt);
    db->insert_id = (int64_t)mysql_stmt_insert_id(stmt);
    return fine(db);
}

/* A column of an array: pointers or numbers, lengths and NULL marks of all its rows, in memory that the caller frees. */
struct column {
    MYSQL_BIND bind;
    void *values; /* long long or char * */
    unsigned long *lengths;
    char *indicators;
    char (*times)[CLOCK_TEXT_SIZE];
};

static bool column_new(struct column *c, size_t rows)
{
    c->values = calloc(rows, sizeof(long long));
    c->lengths = calloc(rows, sizeof(*c->lengths));
    c->indicators = calloc(rows, 1);
    return c->values && c->lengths && c->indicators;
}

static void column_free(struct column *c)
{
    free(c->values);
    free(c->lengths);
    free(c->indicators);
    free(c->times);
}

/* Sets one cell; false when memory is out or its type isn't that of the cells before it. */
static bool column_set(struct column *c, size_t row, size_t rows, const struct db_arg *a, const struct db_arg *above)
{
    const enum enum_field_types type =
        a->type == DB_ARG_INT ? MYSQL_TYPE_LONGLONG : a->type == DB_ARG_BYTES ? MYSQL_TYPE_BLOB : MYSQL_TYPE_STRING;
    char **texts = c->values;

    if (a->type == DB_ARG_NULL || (a->type == DB_ARG_TIME && a->i < 0)) {
        c->indicators[row] = STMT_INDICATOR_NULL;
        return true;
    }
    if (c->bind.buffer_type != MYSQL_TYPE_NULL && c->bind.buffer_type != type)
        return false;
    c->bind.buffer_type = type;
    if (a->type == DB_ARG_INT) {
        ((long long *)c->values)[row] = a->i;
    } else if (a->type != DB_ARG_TIME) {
        texts[row] = (char *)(uintptr_t)a->s;
        c->lengths[row] = (unsigned long)a->n;
    } else if (above && above->i == a->i) { /* a batch has one time: written once */
        texts[row] = texts[row - 1];
        c->lengths[row] = c->lengths[row - 1];
    } else {
        if (!c->times && !(c->times = calloc(rows, sizeof(*c->times))))
            return false;
        clock_sql(a->i, c->times[row]);
        texts[row] = c->times[row];
        c->lengths[row] = (unsigned long)strlen(texts[row]);
    }
    return true;
}

static bool fill_column(struct column *c, const struct db_arg *args, size_t columns, size_t rows)
{
    size_t i;

    if (!column_new(c, rows))
        return false;
    c->bind.buffer_type = MYSQL_TYPE_NULL;
    for (i = 0; i < rows; i++) {
        const struct db_arg *a = &args[i * columns], *above = i ? a - columns : NULL;

        if (!column_set(c, i, rows, a, above && above->type == DB_ARG_TIME ? above : NULL))
            return false;
    }
    if (c->bind.buffer_type == MYSQL_TYPE_NULL) /* of an array: a type, and NULL by the marks */
        c->bind.buffer_type = MYSQL_TYPE_STRING;
    c->bind.buffer = c->values;
    c->bind.length = c->lengths;
    c->bind.u.indicator = c->indicators;
    return true;
}

bool db_exec_rows(struct db *db, const char *sql, const struct db_arg *args, size_t columns, size_t rows)
{
    MYSQL_STMT *stmt = ready(db) ? cached(db, sql) : NULL;
    struct column column[COLUMNS_MAX] = {0};
    MYSQL_BIND bind[COLUMNS_MAX];
    unsigned int size = (unsigned int)rows;
    size_t i;
    bool ok;

    if (!stmt)
        return false;
    if (!rows || columns > COLUMNS_MAX || mysql_stmt_param_count(stmt) != columns)
        return fail(db, ER_WRONG_ARGUMENTS, "wrong number of arguments");
    for (i = 0, ok = true; i < columns && ok; i++) {
        ok = fill_column(&column[i], &args[i], columns, rows);
        bind[i] = column[i].bind;
    }
    if (!ok)
        fail(db, CR_OUT_OF_MEMORY, "out of memory, or a column of two types");
    else if (mysql_stmt_attr_set(stmt, STMT_ATTR_ARRAY_SIZE, &size) != 0 || mysql_stmt_bind_param(stmt, bind) != 0 || mysql_stmt_execute(stmt) != 0)
        ok = fail_statement(db, stmt);
    for (i = 0; i < columns; i++)
        column_free(&column[i]);
    return ok && fine(db);
}

/* Reads every row of an executed SELECT. */
static struct db_rows *fetch_all(struct db *db, MYSQL_STMT *stmt)
{
    unsigned columns = mysql_stmt_field_count(stmt), i;
    char scratch[COLUMNS_MAX][SCRATCH];
    MYSQL_BIND bind[COLUMNS_MAX];
    unsigned long lengths[COLUMNS_MAX];
    my_bool nulls[COLUMNS_MAX];
    struct db_rows *rows;
    int got;

    if (columns == 0 || columns > COLUMNS_MAX) {
        fail(db, ER_WRONG_ARGUMENTS, "wrong number of columns");
        return NULL;
    }
    memset(bind, 0, columns * sizeof(bind[0]));
    for (i = 0; i < columns; i++) {
        bind[i].buffer_type = MYSQL_TYPE_STRING;
        bind[i].buffer = scratch[i];
        bind[i].buffer_length = SCRATCH;
        bind[i].length = &lengths[i];
        bind[i].is_null = &nulls[i];
    }
    if (mysql_stmt_bind_result(stmt, bind) != 0 || mysql_stmt_store_result(stmt) != 0) {
        fail_statement(db, stmt);
        return NULL;
    }
    rows = db_rows_new(columns);
    while (rows && ((got = mysql_stmt_fetch(stmt)) == 0 || got == MYSQL_DATA_TRUNCATED)) {
        for (i = 0; rows && i < columns; i++) {
            char *cell = db_rows_add(rows, nulls[i] ? 0 : lengths[i], nulls[i]);
            MYSQL_BIND whole = {.buffer_type = MYSQL_TYPE_STRING, .buffer = cell, .buffer_length = lengths[i]};

            if (!cell)
                db_rows_free(&rows);
            else if (!nulls[i] && lengths[i] <= SCRATCH)
                memcpy(cell, scratch[i], lengths[i]);
            else if (!nulls[i] && mysql_stmt_fetch_column(stmt, &whole, i, 0) != 0)
                db_rows_free(&rows);
        }
    }
    mysql_stmt_free_result(stmt);
    if (!rows) {
        fail(db, CR_OUT_OF_MEMORY, "out of memory");
        return NULL;
    }
    db_rows_finish(rows);
    fine(db);
    return rows;
}

struct db_rows *db_query(struct db *db, const char *sql, const struct db_arg *args, size_t n)
{
    MYSQL_STMT *stmt = run(db, sql, args, n);

    db->has_read |= db->is_chained;
    return stmt ? fetch_all(db, stmt) : NULL;
}

struct db_rows *db_query_once(struct db *db, const char *sql, const struct db_arg *args, size_t n)
{
    MYSQL_STMT *stmt = ready(db) ? prepare(db, sql) : NULL;
    struct db_rows *rows = NULL;

    db->has_read |= db->is_chained;
    if (!stmt && !db->my && !db->in_transaction && ready(db))
        stmt = prepare(db, sql);
    if (stmt && execute(db, stmt, args, n))
        rows = fetch_all(db, stmt);
    if (stmt)
        mysql_stmt_close(stmt); /* works after the link went, too: then the handle is without a connection */
    return rows;
}

bool db_script(struct db *db, const char *sql)
{
    int more;

    if (!ready(db) || !run_text(db, sql))
        return false;
    do {
        MYSQL_RES *result = mysql_store_result(db->my);

        if (result)
            mysql_free_result(result);
        more = mysql_next_result(db->my);
        if (more > 0)
            return fail(db, mysql_errno(db->my), mysql_error(db->my));
    } while (more == 0);
    return fine(db);
}
