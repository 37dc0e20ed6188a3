/* door: see door.h. */
#include "config.h"

#include "pushd/door.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <microhttpd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/chat/auth.h"
#include "lib/chat/config.h"
#include "pushd/conn.h"
#include "pushd/door_sockjs.h"
#include "pushd/fleet.h"
#include "pushd/handshake.h"
#include "pushd/job.h"
#include "pushd/metrics.h"
#include "pushd/metrics_live.h"
#include "pushd/push.h"
#include "pushd/request_clock.h"
#include "pushd/roster.h"
#include "pushd/sockjs.h"
#include "pushd/sockjs_frame.h"
#include "pushd/timer_jobs.h"
#include "pushd/unix_socket.h"
#include "pushd/ws_frame.h"

#define HTTP_MEMORY 8192 /* of one request: cookies need 4 KiB */
#define HTTP_TIMEOUT_S 10
#define HTTP_CONNECTIONS 1000000 /* what there may be decides request_clock */
#define ACCEPT_A_TURN 64
#define PAUSE_MS 100

struct door {
    struct loop_io accept_io; /* first */
    struct loop_io mhd_io;
    struct loop_timer pause;
    struct push *push;
    struct request_clock *clock;
    struct MHD_Daemon *mhd;
    int listen_fd, mhd_fd;
    int ours; /* descriptors that are no visitor's */
    bool is_passed; /* listen_fd, by the service manager: its path stays */
    bool is_awake; /* libmicrohttpd has something to do that no event tells */
    const char *path;
};

/* A request that waits for a worker: /metrics with a bearer token. */
struct metrics_job {
    struct job job;
    struct push *push;
    struct MHD_Connection *http;
    char token[TOKEN_TEXT_SIZE + 1];
    bool is_done, is_allowed;
};

/* What one request carries between its calls; *state of libmicrohttpd. */
struct request_state {
    struct metrics_job *metrics; /* owned when it came back */
    bool is_upgrade;
    /* of the upgrade */
    struct push *push;
    struct address *address;
    char cookie[TOKEN_TEXT_SIZE];
    char *bearer;
    bool is_echo, is_sockjs;
    struct sockjs_request sockjs;
};

/* ---- answers ---- */

static enum MHD_Result answer(struct MHD_Connection *http, unsigned status, const char *type, const char *text, size_t n, const char *name, const char *value)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(n, (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result result;

    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, "Content-Type", type);
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (name)
        MHD_add_response_header(response, name, value);
    result = MHD_queue_response(http, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result answer_text(struct MHD_Connection *http, unsigned status, const char *text)
{
    return answer(http, status, "text/plain; charset=utf-8", text, strlen(text), NULL, NULL);
}

static enum MHD_Result refuse_method(struct MHD_Connection *http)
{
    static const char text[] = "method not allowed\n";

    return answer(http, MHD_HTTP_METHOD_NOT_ALLOWED, "text/plain; charset=utf-8", text, sizeof text - 1, "Allow", "GET, HEAD");
}

/* ---- /livez, /readyz, /metrics ---- */

static enum MHD_Result answer_ready(struct push *push, struct MHD_Connection *http)
{
    bool is_ready = fleet_is_database_up(push_fleet(push)) && !push_is_stopping(push);
    struct buf b = BUF_INIT;
    enum MHD_Result result;

    buf_add_str(&b, is_ready ? "ready\n" : "not ready\n");
    if (MHD_lookup_connection_value(http, MHD_GET_ARGUMENT_KIND, "verbose") ||
        MHD_lookup_connection_value_n(http, MHD_GET_ARGUMENT_KIND, "verbose", 7, NULL, NULL) == MHD_YES)
        buf_printf(&b, "database %s\nstopping %s\nconnections %lld\n", fleet_is_database_up(push_fleet(push)) ? "up" : "away", push_is_stopping(push) ? "yes" : "no",
                   (long long)fleet_metric(push_fleet(push), METRIC_connections));
    result = buf_failed(&b) ? MHD_NO
                            : answer(http, is_ready ? 200 : 503, "text/plain; charset=utf-8", b.p, b.len, is_ready ? NULL : "Retry-After", "1");
    buf_free(&b);
    return result;
}

static enum MHD_Result answer_metrics(struct push *push, struct MHD_Connection *http)
{
    struct buf b = BUF_INIT;
    enum MHD_Result result;

    fleet_print_metrics(push_fleet(push), &b);
    metrics_live_print(timer_jobs_live(push_timers(push)), &b);
    result = buf_failed(&b) ? MHD_NO : answer(http, 200, "text/plain; version=0.0.4; charset=utf-8", b.p, b.len, NULL, NULL);
    buf_free(&b);
    return result;
}

static void metrics_run(struct job *job, struct db *db)
{
    struct metrics_job *j = (struct metrics_job *)job;
    struct refusal refusal = {0};
    struct principal who = {0};

    if (auth_by_bearer(db, push_config(j->push), j->token, &who, &refusal) != OUTCOME_DONE)
        return;
    j->is_allowed = strstr(who.scope, "stats:read") || (!who.scope[0] && role_is_chief(who.role));
}

static void metrics_done(struct task *task)
{
    struct metrics_job *j = (struct metrics_job *)task;

    j->is_done = true;
    MHD_resume_connection(j->http); /* the handler is called again */
    door_wake(push_door(j->push));
}

static enum MHD_Result ask_metrics(struct push *push, struct MHD_Connection *http, const struct handshake *h, struct request_state *state)
{
    const char *token = handshake_bearer(h);
    struct metrics_job *j = state->metrics;

    if (handshake_is_loopback(h) || (j && j->is_done && j->is_allowed))
        return answer_metrics(push, http);
    if (j)
        return answer_text(http, MHD_HTTP_FORBIDDEN, "no right to this\n");
    if (!token || strlen(token) >= sizeof j->token)
        return answer_text(http, MHD_HTTP_UNAUTHORIZED, "a bearer token with stats:read is needed\n");
    j = calloc(1, sizeof *j);
    if (!j)
        return MHD_NO;
    j->job.run = metrics_run;
    j->job.task.on_done = metrics_done;
    j->push = push;
    j->http = http;
    memcpy(j->token, token, strlen(token));
    state->metrics = j;
    MHD_suspend_connection(http);
    job_add(push, &j->job);
    return MHD_YES;
}

/* ---- the upgrade ---- */

static void on_upgrade(void *cls, struct MHD_Connection *http, void *request, const char *first, size_t first_len, MHD_socket fd,
                       struct MHD_UpgradeResponseHandle *handle)
{
    struct request_state *state = cls;
    /* Our own descriptor, and libmicrohttpd lets go at once: kept, each connection would cost it some 20 kB. It closes its own descriptor
     * without shutdown(), which t/stomp proves. */
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 0); /* non-blocking, as on_accept() made it */
    struct conn_start start = {.fd = own, .cookie = state->cookie[0] ? state->cookie : NULL, .bearer = state->bearer, .is_echo = state->is_echo, .is_sockjs = state->is_sockjs,
                               .first = first, .first_len = first_len};

    (void)http;
    (void)request;
    MHD_upgrade_action(handle, MHD_UPGRADE_ACTION_CLOSE);
    door_wake(push_door(state->push));
    if (own < 0) {
        metric_add(push_metrics(state->push), METRIC_handshakes_refused, 1);
        return;
    }
    start.address = state->address;
    state->address = NULL;
    conn_open_on(fleet_next(push_fleet(state->push)), state->push, &start);
}

/* True when limits let one more in; else the refusal is answered. */
static bool has_room(struct push *push, struct MHD_Connection *http, const struct handshake *h, struct request_state *state, enum MHD_Result *result_r)
{
    const struct config *config = push_config(push);
    struct metrics *metrics = push_metrics(push);
    char address[64];

    if (fleet_metric(push_fleet(push), METRIC_connections) >= config->connections_max || push_is_stopping(push)) {
        metric_add(metrics, METRIC_limit_connections, 1);
        *result_r = answer(http, MHD_HTTP_SERVICE_UNAVAILABLE, "text/plain; charset=utf-8", "full\n", 5, "Retry-After", "5");
        return false;
    }
    handshake_address(h, address, sizeof address);
    if (!address[0])
        return true;
    state->address = roster_address_take(push_roster(push), address, config->limits ? config->connections_per_address : INT64_MAX);
    if (state->address)
        return true;
    metric_add(metrics, METRIC_limit_address, 1);
    *result_r = answer(http, MHD_HTTP_TOO_MANY_REQUESTS, "text/plain; charset=utf-8", "too many connections from your address\n", 39, "Retry-After", "5");
    return false;
}

static enum MHD_Result upgrade(struct push *push, struct MHD_Connection *http, const char *version, const struct handshake *h, struct request_state *state)
{
    const char *why, *protocol, *bearer = handshake_bearer(h);
    int status = handshake_check(h, version, push_config(push)->allowed_origins, &why);
    char accept[WS_ACCEPT_SIZE];
    struct MHD_Response *response;
    enum MHD_Result result;

    if (status != 101) {
        metric_add(push_metrics(push), METRIC_handshakes_refused, 1);
        log_info("handshake_refused status=%d why=\"%s\"", status, why);
        return answer(http, (unsigned)status, "text/plain; charset=utf-8", why, strlen(why), status == 426 ? "Sec-WebSocket-Version" : NULL, "13");
    }
    if (!has_room(push, http, h, state, &result))
        return result;
    state->push = push;
    state->is_upgrade = true;
    memcpy(state->cookie, h->cookie, sizeof state->cookie);
    state->bearer = bearer ? strdup(bearer) : NULL;
    response = MHD_create_response_for_upgrade(on_upgrade, state);
    if (!response)
        return MHD_NO;
    ws_accept_key(h->key, accept);
    MHD_add_response_header(response, "Upgrade", "websocket");
    MHD_add_response_header(response, "Sec-WebSocket-Accept", accept);
    protocol = ws_choose_subprotocol(h->protocols[0] ? h->protocols : NULL);
    if (protocol)
        MHD_add_response_header(response, "Sec-WebSocket-Protocol", protocol);
    result = MHD_queue_response(http, MHD_HTTP_SWITCHING_PROTOCOLS, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result answer_ws(struct push *push, struct MHD_Connection *http, const char *url, const char *version, const struct handshake *h,
                                 struct request_state *state)
{
    const char *echo_path = push_config(push)->debug_echo_path;

    state->is_echo = echo_path[0] && strcmp(url, echo_path) == 0;
    if (h->upgrades)
        return upgrade(push, http, version, h, state);
    if (state->is_sockjs || strcmp(url, "/ws/websocket") == 0)
        return answer_text(http, MHD_HTTP_BAD_REQUEST, "a WebSocket upgrade is needed\n");
    return answer_text(http, MHD_HTTP_OK, "Welcome to SockJS!\n");
}

/* A new session counts as a connection; other requests of SockJS are checked by their session. */
static enum MHD_Result answer_sockjs(struct push *push, struct MHD_Connection *http, const char *path, const char *method, const struct handshake *h,
                                     struct request_state *state)
{
    enum MHD_Result result;
    const char *id, *transport;
    size_t n;
    bool is_new = strcmp(method, "OPTIONS") != 0 && sockjs_parse_path(path, &id, &n, &transport) && strcmp(transport, "xhr_send") != 0 &&
                  !sockjs_is_taken(push_sockjs(push), id, n);

    if (is_new && !has_room(push, http, h, state, &result))
        return result;
    result = door_sockjs_answer(push, http, path, method, h, &state->sockjs, &state->address);
    if (state->address)
        roster_address_drop(push_roster(push), &state->address);
    return result;
}

/* SERVER/SESSION/websocket */
static bool is_sockjs_websocket(const char *path)
{
    const char *session, *transport;
    size_t n;

    return sockjs_parse_path(path, &session, &n, &transport) && strcmp(transport, "websocket") == 0;
}

/* ---- requests ---- */

static enum MHD_Result take_field(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
    (void)kind;
    handshake_field(cls, name, value);
    return MHD_YES;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *http, const char *url, const char *method, const char *version,
                                  const char *upload, size_t *upload_len, void **state_p)
{
    struct push *push = cls;
    struct request_state *state = *state_p;
    struct handshake h = {.trusted = push_config(push)->trusted_proxies};
    const char *echo_path = push_config(push)->debug_echo_path;
    bool is_read = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    const char *below = strncmp(url, "/ws/", 4) == 0 ? url + 4 : "";
    bool is_sockjs = door_is_sockjs(below), is_sockjs_ws = is_sockjs_websocket(below);
    bool is_ws = is_sockjs_ws || strcmp(url, "/ws") == 0 || strcmp(url, "/ws/") == 0 || strcmp(url, "/ws/websocket") == 0 || (echo_path[0] && strcmp(url, echo_path) == 0);

    if (!state) {
        *state_p = calloc(1, sizeof *state);
        return *state_p ? MHD_YES : MHD_NO;
    }
    if (*upload_len) { /* but for SockJS a body has no meaning here: swallowed */
        if (is_sockjs)
            door_sockjs_body(push, &state->sockjs, upload, *upload_len);
        *upload_len = 0;
        return MHD_YES;
    }
    request_clock_whole(http);
    MHD_get_connection_values(http, MHD_HEADER_KIND, take_field, &h);
    handshake_end(&h);
    if (is_sockjs)
        return answer_sockjs(push, http, below, method, &h, state);
    state->is_sockjs = is_sockjs_ws;
    if (is_ws)
        return strcmp(method, "GET") == 0 ? answer_ws(push, http, url, version, &h, state) : refuse_method(http);
    if (strcmp(url, "/livez") == 0)
        return is_read ? answer_text(http, MHD_HTTP_OK, "alive\n") : refuse_method(http);
    if (strcmp(url, "/readyz") == 0)
        return is_read ? answer_ready(push, http) : refuse_method(http);
    if (strcmp(url, "/metrics") == 0)
        return is_read ? ask_metrics(push, http, &h, state) : refuse_method(http);
    return answer_text(http, MHD_HTTP_NOT_FOUND, "not found\n");
}

static void on_completed(void *cls, struct MHD_Connection *http, void **state_p, enum MHD_RequestTerminationCode why)
{
    struct push *push = cls;
    struct request_state *state = *state_p;

    if (!state)
        return;
    if (!state->is_upgrade)
        request_clock_again(http);
    if (state->address)
        roster_address_drop(push_roster(push), &state->address);
    door_sockjs_completed(&state->sockjs, why == MHD_REQUEST_TERMINATED_COMPLETED_OK);
    free(state->metrics); /* a suspended request never completes before its job came back */
    free(state->bearer);
    free(state);
    *state_p = NULL;
}

/* ---- accepting ---- */

/* The number from which on descriptors are ours: the database, the log and the upgrade of whoever came in last need some. Read each time, as the
 * limit can change while we run. A small limit keeps a quarter. */
static int first_reserved(const struct door *door)
{
    struct rlimit limit;
    rlim_t reserve = (rlim_t)push_config(door->push)->descriptors_reserve;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > INT_MAX)
        return INT_MAX;
    return (int)(limit.rlim_cur - (reserve < limit.rlim_cur / 4 ? reserve : limit.rlim_cur / 4));
}

/* Descriptors that are open now. They are counted where the system shows them: the least free number says nothing of those that were passed to us
 * above a gap. */
static int open_descriptors(int listen_fd)
{
    DIR *dir = opendir("/proc/self/fd");
    int count = 0;

    if (!dir) {
        int next = fcntl(listen_fd, F_DUPFD_CLOEXEC, 0); /* the least free number */

        if (next >= 0)
            close(next);
        return next < 0 ? 0 : next;
    }
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir))
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count - 1; /* without the folder's own */
}

/* How many descriptors there were before anybody came, and those that the threads will take for the database. */
static int descriptors_of_ours(const struct push *push, int listen_fd)
{
    return open_descriptors(listen_fd) + (int)push_config(push)->push_workers + (int)push_config(push)->push_writers;
}

/* How many descriptors visitors may still take; 0 or less: none. They are counted: the least free number says nothing once an upgrade, which
 * has two for a moment, has left a gap. */
static int64_t spare_descriptors(const struct door *door)
{
    return first_reserved(door) - door->ours - fleet_metric(push_fleet(door->push), METRIC_connections) - request_clock_count(door->clock);
}

static void pause_accept(struct door *door, const char *why)
{
    struct loop *loop = push_loop(door->push);

    metric_add(push_metrics(door->push), METRIC_accept_pauses, 1);
    log_warn("accept_paused why=%s", why);
    loop_change(loop, door->listen_fd, &door->accept_io, 0);
    loop_set_timer(loop, &door->pause, loop_now(loop) + PAUSE_MS);
}

static void on_pause_over(struct loop_timer *t)
{
    struct door *door = (struct door *)((char *)t - offsetof(struct door, pause));
    struct loop *loop = push_loop(door->push);

    if (door->listen_fd < 0)
        return;
    if (spare_descriptors(door) <= 0 || !request_clock_has_room(door->clock))
        loop_set_timer(loop, t, loop_now(loop) + PAUSE_MS);
    else
        loop_change(loop, door->listen_fd, &door->accept_io, EPOLLIN);
}

static void on_accept(struct loop_io *io, uint32_t events)
{
    struct door *door = (struct door *)io;
    int64_t spare = spare_descriptors(door);

    (void)events;
    if (spare <= 0) {
        pause_accept(door, "descriptors"); /* those who are in go on */
        return;
    }
    /* Each has two while it is upgraded, and all of a turn may be. */
    for (int i = 0; i < ACCEPT_A_TURN && i * 2 < spare && door->listen_fd >= 0; i++) {
        struct sockaddr_un peer = {.sun_family = AF_UNIX};
        int fd;

        if (!request_clock_has_room(door->clock)) {
            pause_accept(door, "http_max");
            return;
        }
        fd = accept4(door->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
            continue;
        if (fd < 0) {
            if (errno != EAGAIN)
                pause_accept(door, "accept");
            return;
        }
        if (MHD_add_connection(door->mhd, fd, (struct sockaddr *)&peer, sizeof peer) != MHD_YES) { /* it has closed fd */
            pause_accept(door, "memory");
            return;
        }
    }
}

static void on_mhd(struct loop_io *io, uint32_t events)
{
    struct door *door = (struct door *)((char *)io - offsetof(struct door, mhd_io));

    (void)events;
    MHD_run(door->mhd);
}

/* libmicrohttpd's own words: it complains of TCP options on a UNIX socket with every answer, so they are for debugging. */
static void on_mhd_log(void *cls, const char *format, va_list ap)
{
    char text[200];

    (void)cls;
    if (!log_is_on(LOG_DEBUG))
        return;
    vsnprintf(text, sizeof text, format, ap);
    log_debug("libmicrohttpd text=\"%s\"", log_value(text));
}

void door_wake(struct door *door)
{
    door->is_awake = true;
}

bool door_is_awake(const struct door *door)
{
    return door->is_awake;
}

int door_turn(struct door *door)
{
    MHD_UNSIGNED_LONG_LONG wait;

    /* Left to itself it goes on with a resumed request, and closes its descriptor of an upgraded connection, only with the next event, maybe of another
     * request much later; until then the peer would not see our close(). Once to take the connection back, once to clean it up. */
    if (door->is_awake) {
        door->is_awake = false;
        MHD_run(door->mhd);
        MHD_run(door->mhd);
    }

    /* A request may be half worked on without a new event (its socket had more than one read): libmicrohttpd says 0 then. */
    for (int i = 0; i < 4; i++) {
        if (MHD_get_timeout(door->mhd, &wait) != MHD_YES)
            return -1;
        if (wait)
            return wait > 60000 ? 60000 : (int)wait;
        MHD_run(door->mhd);
    }
    return 0;
}

struct door *door_open(struct push *push)
{
    struct door *door = calloc(1, sizeof *door);
    const union MHD_DaemonInfo *info;

    if (!door)
        return NULL;
    door->accept_io.on_ready = on_accept;
    door->mhd_io.on_ready = on_mhd;
    door->pause.on_due = on_pause_over;
    door->push = push;
    door->path = push_config(push)->pushd_socket;
    door->clock = request_clock_new(push);
    door->listen_fd = door->clock ? unix_socket_open(door->path, SOCK_STREAM, "pushd", &door->is_passed) : -1;
    if (door->listen_fd < 0) {
        request_clock_free(&door->clock);
        free(door);
        return NULL;
    }
    door->ours = descriptors_of_ours(push, door->listen_fd);
    door->mhd = MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_UPGRADE | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL,
                                 on_request, push, MHD_OPTION_EXTERNAL_LOGGER, on_mhd_log, NULL, MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                                 (size_t)HTTP_MEMORY, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)HTTP_TIMEOUT_S, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
                                 push, MHD_OPTION_NOTIFY_CONNECTION, request_clock_on_connection, door->clock, MHD_OPTION_END);
    info = door->mhd ? MHD_get_daemon_info(door->mhd, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
    door->mhd_fd = info ? info->epoll_fd : -1;
    if (door->mhd_fd < 0 || !loop_add(push_loop(push), door->mhd_fd, &door->mhd_io, EPOLLIN) ||
        !loop_add(push_loop(push), door->listen_fd, &door->accept_io, EPOLLIN)) {
        log_error("http_door_failed");
        door_close(&door);
    }
    return door;
}

void door_shut(struct door *door)
{
    if (door->listen_fd < 0)
        return;
    loop_clear_timer(push_loop(door->push), &door->pause);
    loop_del(push_loop(door->push), door->listen_fd);
    close(door->listen_fd);
    door->listen_fd = -1;
    if (!door->is_passed)
        unlink(door->path);
}

void door_close(struct door **door_p)
{
    struct door *door = *door_p;

    if (!door)
        return;
    door_shut(door);
    if (door->mhd) {
        loop_del(push_loop(door->push), door->mhd_fd);
        MHD_stop_daemon(door->mhd);
    }
    request_clock_free(&door->clock);
    free(door);
    *door_p = NULL;
}
