/* db: one MariaDB connection with prepared statements. Not thread-safe: one handle a thread. All calls may block (bounded by
 * db_connect_timeout and db_read_timeout). A lost connection is found by the statement that fails; the handle then drops
 * connection and statements and connects anew at the next db_begin()/db_exec()/db_query() outside a transaction, so a
 * program recovers without a restart.
 *
 * Transactions: db_begin, statements, db_commit. Any failed statement leaves the transaction useless: db_rollback() and
 * look at db_error(). */
#ifndef SANGDAM_CHAT_DB_H
#define SANGDAM_CHAT_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config;
struct db;

enum db_error {
    DB_FINE,
    DB_AWAY,      /* no connection, read-only server, disk full: try later (503) */
    DB_BUSY,      /* deadlock or lock time-out (1213, 1205): roll back and try again, at most DB_TRIES times */
    DB_DUPLICATE, /* a unique key (1062): db_duplicate_key() names it */
    DB_BAD,       /* data that the schema refuses, a wrong statement: ours, logged as an error */
    DB_UNKNOWN,   /* only of db_commit: the link was lost before its answer came */
};
#define DB_TRIES 3

/* Never fails for want of a server: connects when first used. config must outlive it. NULL when memory is out. */
struct db *db_open(const struct config *config);
/* As db_open with db_admin_user, multi-statements allowed: for migrate. */
struct db *db_open_admin(const struct config *config);
/* How to connect from the next time on; the connection that is there stays. config must outlive db. */
void db_set_config(struct db *db, const struct config *config);
const struct config *db_config(const struct db *db);
void db_close(struct db **db);

enum db_error db_last_error(const struct db *db);
unsigned db_last_errno(const struct db *db);
const char *db_last_text(const struct db *db);
/* Of DB_BUSY: somebody held a lock for too long (1205), rather than a deadlock (1213). */
bool db_has_waited(const struct db *db);
/* The name of the unique key of the last DB_DUPLICATE ("uq_chat_session_open"), else "". */
const char *db_duplicate_key(const struct db *db);
/* True when SELECT 1 works now; for readiness. */
bool db_ping(struct db *db);

/* Arguments of ? in order. Text and bytes are borrowed until the call returns. Times are wall ms, written as DATETIME(3) UTC; negative is NULL. */
struct db_arg {
    enum { DB_ARG_NULL, DB_ARG_INT, DB_ARG_TEXT, DB_ARG_BYTES, DB_ARG_TIME } type;
    int64_t i;
    const char *s;
    size_t n;
};
#define db_null() ((struct db_arg){.type = DB_ARG_NULL})
#define db_int(v) ((struct db_arg){.type = DB_ARG_INT, .i = (v)})
#define db_text(str) db_textn((str), SIZE_MAX) /* NULL gives NULL */
#define db_time(ms) ((struct db_arg){.type = DB_ARG_TIME, .i = (ms)})
#define db_bytes(p, len) ((struct db_arg){.type = DB_ARG_BYTES, .s = (const char *)(p), .n = (len)})
struct db_arg db_textn(const char *s, size_t n);
/* 0 (none) as NULL, for foreign keys */
#define db_id(v) ((struct db_arg){.type = (v) ? DB_ARG_INT : DB_ARG_NULL, .i = (v)})
#define DB_ARGS(...) (const struct db_arg[]){__VA_ARGS__}, sizeof((const struct db_arg[]){__VA_ARGS__}) / sizeof(struct db_arg)

bool db_begin(struct db *db);
/* A transaction that reads: all its SELECTs see one moment (REPEATABLE READ), and each of them ends by itself after statement_ms (from now on, on this handle).
 * Not for a handle that chains. End it with db_rollback(). */
bool db_begin_snapshot(struct db *db, int statement_ms);
/* False: db_last_error() is DB_UNKNOWN when the link was lost, else nothing was committed. */
bool db_commit(struct db *db);
void db_rollback(struct db *db);
/* For a handle that does one transaction after the other: each COMMIT begins the next one by itself, so that db_begin() costs no round trip. A SELECT
 * outside a transaction then leaves one open; before its owner goes idle, db_rest() ends what such reads hold. */
void db_set_chaining(struct db *db);
/* on_commit is called on the thread that uses db, right before the statement that commits is sent: what follows is the wait for the flush. NULL: nobody. */
void db_set_on_commit(struct db *db, void (*on_commit)(void *arg), void *arg);
void db_rest(struct db *db);
/* Runs a prepared compound statement whose last step is COMMIT, "BEGIN NOT ATOMIC ...; COMMIT; END", in the place of db_exec() and db_commit(): one round trip.
 * False: as db_commit() when it is DB_UNKNOWN; else nothing was committed and the transaction is of no use, as after a db_exec() that failed. */
bool db_exec_commit(struct db *db, const char *sql, const struct db_arg *args, size_t n);
bool db_in_transaction(const struct db *db);

/* Runs a prepared INSERT, UPDATE or DELETE. sql must be a string that lives as long as the program (statements are cached by its
 * address) and names no values. affected_r may be NULL: rows found by UPDATE (CLIENT_FOUND_ROWS), inserted, deleted. */
bool db_exec(struct db *db, const char *sql, const struct db_arg *args, size_t n, uint64_t *affected_r);
int64_t db_insert_id(const struct db *db);
/* One prepared INSERT for many rows by array binding: one round trip. args holds rows * columns values, row by row; a column has one type or NULL. Within a
 * transaction only. A row that fails fails the statement: roll back. */
bool db_exec_rows(struct db *db, const char *sql, const struct db_arg *args, size_t columns, size_t rows);

/* Runs a prepared SELECT and reads all its rows into memory. NULL on failure. Free with db_rows_free(). */
struct db_rows;
struct db_rows *db_query(struct db *db, const char *sql, const struct db_arg *args, size_t n);
size_t db_rows_count(const struct db_rows *rows);
/* Cells; col from 0. Text is NUL-terminated, lives as long as rows; NULL for SQL NULL. */
const char *db_cell(const struct db_rows *rows, size_t row, unsigned col, size_t *len_r /* may be NULL */);
int64_t db_cell_int(const struct db_rows *rows, size_t row, unsigned col); /* 0 for NULL */
int64_t db_cell_time(const struct db_rows *rows, size_t row, unsigned col); /* wall ms, -1 for NULL */
bool db_cell_is_null(const struct db_rows *rows, size_t row, unsigned col);
void db_rows_free(struct db_rows **rows);

/* Statements whose text is made at run time (filters with a varying WHERE): prepared, run, closed, not cached. The text is made
 * of constants only, values go in as arguments. */
struct db_rows *db_query_once(struct db *db, const char *sql, const struct db_arg *args, size_t n);
/* Unprepared text, several statements allowed with db_open_admin: migrations alone. */
bool db_script(struct db *db, const char *sql);

#endif
