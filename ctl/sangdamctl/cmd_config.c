/* config-check and config-sample: the table of keys, for people and for ./start. */
#include "ctl/sangdamctl/command.h"

#include "lib/chat/config.h"

#include <string.h>
#include <sysexits.h>

int cmd_config_check(struct command_context *c, int argc, char **argv)
{
    (void)c;
    if (argc < 2)
        return command_usage(argv[0]);
    for (int i = 1; i < argc; i++) {
        char key[64], error[512];
        const char *equals = strchr(argv[i], '=');
        size_t n = equals ? (size_t)(equals - argv[i]) : 0;
        if (!n || n >= sizeof key)
            return command_fail(EX_USAGE, argv[0], "%.80s is not KEY=VALUE", argv[i]);
        memcpy(key, argv[i], n);
        key[n] = '\0';
        if (!config_check_pair(key, equals + 1, error, sizeof error))
            return command_fail(EX_USAGE, argv[0], "%s", error);
    }
    return EX_OK;
}

int cmd_config_sample(struct command_context *c, int argc, char **argv)
{
    (void)c;
    if (argc != 1)
        return command_usage(argv[0]);
    config_print_sample(stdout);
    return EX_OK;
}
