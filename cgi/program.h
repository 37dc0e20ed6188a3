/* program: main() of every FastCGI program. Reads the flags (-c FILE, -t, -V, -h, --routes), the configuration, templates and texts; opens
 * counters, rate limits and the hint socket; then serves: fcgi_threads threads on descriptor 0 when that is a listening socket (FastCGI), or
 * the one request of the environment (plain CGI). SIGTERM lets running requests finish, SIGHUP reads configuration and templates anew and keeps
 * the old ones when the new are wrong. Exit codes of sysexits.h. */
#ifndef SANGDAM_CGI_PROGRAM_H
#define SANGDAM_CGI_PROGRAM_H

struct route;

struct program {
    const char *name; /* "chat" */
    const struct route *routes;
};

int program_main(const struct program *program, int argc, char **argv);

#endif
