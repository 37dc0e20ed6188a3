/* webpush: a key pair for browsers' push services. Printed, not stored: it belongs into sangdam.conf, which only the service's user may read. */
#include "ctl/sangdamctl/command.h"

#include "lib/base/buf.h"
#include "lib/chat/config.h"
#include "lib/chat/web_push_crypto.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

static int init(struct command_context *c, const char *command)
{
    struct web_push_key key;
    struct buf out = BUF_INIT;
    int status = EX_OK;

    if (c->config->webpush_private[0])
        return command_fail(EX_USAGE, command, "there is a key pair already; another one ends all subscriptions: remove webpush_public and webpush_private first");
    if (!web_push_is_built())
        return command_fail(EX_UNAVAILABLE, command, "this build has no OpenSSL, so no web push");
    if (!web_push_key_new(&key))
        return command_fail(EX_OSERR, command, "no key pair could be made");
    buf_add_str(&out, "webpush_public = ");
    web_push_encode(&out, key.public, sizeof key.public);
    buf_add_str(&out, "\nwebpush_private = ");
    web_push_encode(&out, key.private, sizeof key.private);
    if (buf_failed(&out))
        status = command_fail(EX_OSERR, command, "out of memory");
    else
        puts(buf_str(&out));
    buf_free(&out);
    return status;
}

int cmd_webpush(struct command_context *c, int argc, char **argv)
{
    if (argc != 2 || strcmp(argv[1], "init") != 0)
        return command_usage(argv[0]);
    return init(c, argv[0]);
}
