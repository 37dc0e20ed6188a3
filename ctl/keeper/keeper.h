/* keeper: starts the programs of one sangdam and keeps them running.
 *
 * It reads a list of programs, starts each as the leader of a process group of its own, and starts a dead one again.
 * A FastCGI program's listening socket is bound here, once, and given to every process as descriptor 0, so that a
 * restart refuses no connection. One thread, one loop: a signal wakes it, and five times a second it looks at what no
 * signal tells (NAME.down files, time-outs).
 *
 * Left out on purpose: dependencies between programs (each copes with the others being away), log rotation, and
 * reading the list again while running. */
#ifndef SANGDAM_CTL_KEEPER_H
#define SANGDAM_CTL_KEEPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define KEEPER_NAME_MAX 32
#define KEEPER_ARGS_MAX 64
#define KEEPER_PROCESSES_MAX 64
#define KEEPER_PROGRAMS_MAX 64
#define KEEPER_DEATHS 5 /* this many deaths within KEEPER_DEATHS_MS ... */
#define KEEPER_DEATHS_MS 10000
#define KEEPER_WAIT_LONG_MS 10000 /* ... make the wait before the next start this long; otherwise it is */
#define KEEPER_WAIT_MS 100

/* One process of a program. pid 0: not running. */
struct keeper_slot {
    pid_t pid;
    pid_t old_group;     /* group of the process before, until it is seen empty; 0: none */
    int64_t start_at_ms; /* not before this monotonic time */
    int64_t deaths_ms[KEEPER_DEATHS]; /* the last deaths, a ring */
    unsigned deaths;     /* counted over the whole run */
};

struct keeper_program {
    char name[KEEPER_NAME_MAX + 1];
    char *argv[KEEPER_ARGS_MAX + 1]; /* argv[0] is the path; NULL-terminated */
    int argc;
    int processes;
    char *socket_path; /* UNIX socket given as descriptor 0; NULL: none */
    char *user;        /* run as this user; NULL: as the keeper */
    int stage;         /* stopped in falling order of stages */
    int stop_ms;       /* from TERM to KILL */
    int listen_fd;     /* -1 when socket_path is NULL */
    struct keeper_slot slots[KEEPER_PROCESSES_MAX];
    pid_t *written; /* what the pid file holds */
    size_t written_n;
};

struct keeper {
    char *dir; /* absolute; run/ and log/ are in it */
    struct keeper_program programs[KEEPER_PROGRAMS_MAX];
    int n;
};

/* ---- keeper_list.c ---- */
/* Reads the list at path into k (zeroed before). False, with "file:line: reason" in error, when it is not one. Grammar, a
 * word and the rest of the line each: `program NAME` begins one; then `exec PATH`, `arg TEXT` (any number), and optionally
 * `processes N`, `socket PATH`, `user NAME`, `stage N`, `stop_timeout SECONDS`. Empty lines and # lines are skipped. */
bool keeper_list_read(struct keeper *k, const char *path, char *error, size_t error_size);
void keeper_list_free(struct keeper *k);

/* ---- keeper_child.c ---- */
/* Binds the sockets of all programs (mode 0660), replacing what lies there. False, logged, when one can't be. */
bool keeper_child_listen(struct keeper *k);
/* Closes and removes them. */
void keeper_child_unlisten(struct keeper *k);
/* Starts one process: leader of a new group, output to log/NAME.log, TERM when the keeper dies. Its pid, or -1, logged. */
pid_t keeper_child_start(const struct keeper *k, const struct keeper_program *p);

/* ---- keeper_proc.c ---- */
/* Fills the table of all processes with their parents and groups. Valid until the next call. */
void keeper_proc_scan(void);
/* Writes run/NAME.pid if it changed: leaders and, by the last scan, all their descendants, ascending within a leader. */
void keeper_proc_write_pids(const struct keeper *k, struct keeper_program *p);
/* Kills children of ours by the last scan that no running slot stands for: what a dead program left behind. */
void keeper_proc_kill_orphans(const struct keeper *k);
/* True while a process of that group exists. */
bool keeper_proc_group_lives(pid_t group);

/* ---- keeper_loop.c ---- */
/* Runs until TERM or INT and everything has ended. signal_fd: a signalfd of CHLD, TERM, INT and HUP, which are blocked. */
void keeper_loop_run(struct keeper *k, int signal_fd);

#endif
