#include "t/bench/load_option.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage_text[] =
    "usage: load OPTION...\n"
    "  --mode pair|fanout|idle|connect|stall|post|get   --proto stomp|raw|mqtt   --label TEXT\n"
    "  --unix PATH | --address IP --port N          --spread N: source addresses 127.0.0.1 .. N\n"
    "  --agent-unix PATH: where agents connect, when elsewhere\n"
    "  --count N: pairs, subscribers or connections --inflight N: handshakes at a time   --connect-timeout S: without a step\n"
    "  --window W: messages under way in each pair, or broadcasts   --rate R: messages a second of all, open loop\n"
    "  --size BYTES  --body TEMPLATE  --vars FILE   --subprotocol LIST  --heartbeat MS\n"
    "  --duration S  --warmup S  --settle S  --drain S  --no-receipt (of SUBSCRIBE)  --send-receipt (of SEND)\n"
    "  --pid PID: of the server, for its memory and CPU; may be repeated\n"
    "of both roles, or with cust- or agent- before the name of one:\n"
    "  --path --login --passcode --host --vhost --dest, and repeated: --sub --header --send-header --connect-header\n"
    "templates know %d number, %r role, %u new UUID, %1 .. %9 column of the vars file, %s marker (body), %%\n";

static void die_usage(const char *why)
{
    fprintf(stderr, "load: %s\n%s", why, usage_text);
    exit(64);
}

enum kind { KIND_TEXT, KIND_TEXTS, KIND_COUNT, KIND_REAL, KIND_FLAG, KIND_MODE, KIND_PROTO, KIND_PID };

struct row {
    const char *name;
    enum kind kind;
    size_t offset;
};
#define ROW(name, kind, member) {name, kind, offsetof(struct options, member)}
static const struct row rows[] = {
    ROW("address", KIND_TEXT, address),     ROW("body", KIND_TEXT, body),
    ROW("connect-timeout", KIND_REAL, connect_timeout_s), ROW("count", KIND_COUNT, count),
    ROW("drain", KIND_REAL, drain_s),       ROW("duration", KIND_REAL, duration_s),
    ROW("heartbeat", KIND_COUNT, heartbeat_ms), ROW("inflight", KIND_COUNT, inflight),
    ROW("label", KIND_TEXT, label),         ROW("mode", KIND_MODE, mode),
    ROW("no-receipt", KIND_FLAG, no_receipt), ROW("pid", KIND_PID, pids),
    ROW("port", KIND_COUNT, port),          ROW("proto", KIND_PROTO, proto),
    ROW("rate", KIND_REAL, rate),           ROW("send-receipt", KIND_FLAG, send_receipt),
    ROW("settle", KIND_REAL, settle_s),     ROW("size", KIND_COUNT, size),
    ROW("spread", KIND_COUNT, spread),      ROW("subprotocol", KIND_TEXT, subprotocol),
    ROW("agent-unix", KIND_TEXT, agent_unix_path),
    ROW("unix", KIND_TEXT, unix_path),      ROW("vars", KIND_TEXT, vars),
    ROW("warmup", KIND_REAL, warmup_s),     ROW("window", KIND_COUNT, window),
};
#define ROLE_ROW(name, kind, member) {name, kind, offsetof(struct role_options, member)}
static const struct row role_rows[] = {
    ROLE_ROW("connect-header", KIND_TEXTS, connect_headers), ROLE_ROW("dest", KIND_TEXT, dest),
    ROLE_ROW("header", KIND_TEXTS, headers),                 ROLE_ROW("host", KIND_TEXT, host),
    ROLE_ROW("login", KIND_TEXT, login),                     ROLE_ROW("passcode", KIND_TEXT, passcode),
    ROLE_ROW("path", KIND_TEXT, path),                       ROLE_ROW("send-header", KIND_TEXTS, send_headers),
    ROLE_ROW("sub", KIND_TEXTS, subs),                       ROLE_ROW("vhost", KIND_TEXT, vhost),
};

static const struct row *find_row(const struct row *from, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(from[i].name, name) == 0)
            return &from[i];
    return NULL;
}

static int index_of(const char *const *names, const char *value)
{
    for (int i = 0; names[i]; i++)
        if (strcmp(names[i], value) == 0)
            return i;
    die_usage(value);
    return -1;
}

static double number_of(const char *value, double max)
{
    char *end;
    double number;

    errno = 0;
    number = strtod(value, &end);
    if (errno || end == value || *end || !(number >= 0 && number <= max))
        die_usage(value);
    return number;
}

static void texts_add(struct texts *texts, const char *value)
{
    if (texts->count == HEADERS_MAX)
        die_usage("too many of one option");
    texts->at[texts->count++] = value;
}

static void row_set(struct options *o, void *member, enum kind kind, const char *value)
{
    static const char *const modes[] = {"pair", "fanout", "idle", "connect", "stall", "post", "get", NULL};
    static const char *const protos[] = {"stomp", "raw", "mqtt", NULL};

    switch (kind) {
    case KIND_TEXT:
        *(const char **)member = value;
        break;
    case KIND_TEXTS:
        texts_add(member, value);
        break;
    case KIND_COUNT:
        *(long *)member = (long)number_of(value, 1e8);
        break;
    case KIND_REAL:
        *(double *)member = number_of(value, 1e8);
        break;
    case KIND_FLAG:
        *(bool *)member = true;
        break;
    case KIND_MODE:
        *(int *)member = index_of(modes, value);
        break;
    case KIND_PROTO:
        *(int *)member = index_of(protos, value);
        break;
    case KIND_PID:
        if (o->pid_count == PIDS_MAX)
            die_usage("too many of --pid");
        o->pids[o->pid_count++] = (int)number_of(value, 1e8);
        break;
    }
}

static bool role_set(struct options *o, const char *name, const char *value)
{
    int first = ROLE_CUSTOMER, last = ROLE_AGENT;
    const struct row *row;

    if (strncmp(name, "cust-", 5) == 0) {
        last = ROLE_CUSTOMER;
        name += 5;
    } else if (strncmp(name, "agent-", 6) == 0) {
        first = ROLE_AGENT;
        name += 6;
    }
    row = find_row(role_rows, sizeof role_rows / sizeof role_rows[0], name);
    for (int i = first; row && i <= last; i++)
        row_set(o, (char *)&o->roles[i] + row->offset, row->kind, value);
    return row != NULL;
}

static void set_defaults(struct options *o)
{
    const char *dest = o->mode == MODE_FANOUT ? "/topic/fan" : "/topic/pair.%d";

    for (int i = 0; i < 2; i++) {
        struct role_options *role = &o->roles[i];

        if (role->subs.count == 0)
            texts_add(&role->subs, dest);
        if (!role->dest)
            role->dest = dest;
        if (!role->path)
            role->path = "/";
        if (!role->host)
            role->host = "localhost";
        if (!role->vhost)
            role->vhost = role->host;
    }
    if (!o->subprotocol)
        o->subprotocol = o->proto == PROTO_STOMP ? "v12.stomp, v11.stomp" : o->proto == PROTO_MQTT ? "mqtt" : "";
}

void options_read(int argc, char **argv, struct options *o_r)
{
    *o_r = (struct options){.label = "", .address = "127.0.0.1", .body = "%s", .count = 100, .window = 1, .size = 100, .inflight = 64, .spread = 1,
                            .duration_s = 10, .warmup_s = 2, .settle_s = 0.3, .drain_s = 2, .connect_timeout_s = 20};
    for (int i = 1; i < argc; i++) {
        const char *name = strncmp(argv[i], "--", 2) == 0 ? argv[i] + 2 : "?";
        const struct row *row = find_row(rows, sizeof rows / sizeof rows[0], name);
        const char *value = "";

        if (!row || row->kind != KIND_FLAG)
            value = i + 1 < argc ? argv[++i] : "";
        if (row)
            row_set(o_r, (char *)o_r + row->offset, row->kind, value);
        else if (!role_set(o_r, name, value))
            die_usage(name);
    }
    if (o_r->count < 1 || o_r->window < 1 || o_r->inflight < 1 || o_r->spread < 1 || o_r->size > 400000)
        die_usage("a number is out of range");
    if (!o_r->unix_path && (o_r->port < 1 || o_r->port > 65535))
        die_usage("--unix or --port is needed");
    set_defaults(o_r);
}
