/* load_option: the command line of the load generator. */
#ifndef SANGDAM_BENCH_LOAD_OPTION_H
#define SANGDAM_BENCH_LOAD_OPTION_H

#include <stdbool.h>
#include <stddef.h>

#define SUBS_MAX 4
#define HEADERS_MAX 8
#define PIDS_MAX 64

enum role { ROLE_CUSTOMER, ROLE_AGENT };
enum mode {
    MODE_PAIR,    /* N pairs talk: closed loop by --window, open loop by --rate */
    MODE_FANOUT,  /* one publisher, N subscribers */
    MODE_IDLE,    /* N connections are opened, subscribe and stay until TERM or --duration */
    MODE_CONNECT, /* N connections are opened and subscribe, then the program ends; refused ones are counted */
    MODE_STALL,   /* N subscribers that read nothing, and one that sends to each of them in turn */
    MODE_POST,    /* N connections POST by HTTP/1.1, each one when the last answer has come */
    MODE_GET      /* the same, but they GET */
};
enum proto { PROTO_STOMP, PROTO_RAW, PROTO_MQTT };

struct texts {
    const char *at[HEADERS_MAX];
    size_t count;
};

/* What differs between the two roles. All texts are templates. */
struct role_options {
    const char *path, *login, *passcode, *host, *vhost, *dest;
    struct texts subs, headers, send_headers, connect_headers;
};

struct options {
    struct role_options roles[2];
    const char *label, *address, *unix_path, *agent_unix_path /* NULL: as unix_path */, *subprotocol, *body, *vars;
    int mode, proto;
    long port, count, window, size, inflight, spread, heartbeat_ms;
    double rate; /* messages a second of all together; 0: closed loop */
    double duration_s, warmup_s, settle_s, drain_s, connect_timeout_s;
    bool no_receipt, send_receipt;
    int pids[PIDS_MAX];
    size_t pid_count;
};

/* Fills *o_r with defaults and what argv says; ends the program with the usage when it says nonsense. The texts are argv's. */
void options_read(int argc, char **argv, struct options *o_r);

#endif
