/* client_address: see client_address.h. */
#include "lib/chat/client_address.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

bool client_address_is_trusted(const char *list, const char *address)
{
    size_t n = strlen(address);
    for (const char *p = list + strspn(list, " \t,"); *p; p += strspn(p, " \t,")) {
        size_t len = strcspn(p, " \t,");
        if (len == n && strncasecmp(p, address, n) == 0)
            return true;
        p += len;
    }
    return false;
}

static bool looks_like_address(const char *s)
{
    return *s && s[strspn(s, "0123456789abcdefABCDEF.:")] == '\0';
}

void client_address_find(const char *peer, const char *forwarded_for, const char *trusted, char *out, size_t size)
{
    snprintf(out, size, "%.60s", peer ? peer : "");
    if (!forwarded_for || !client_address_is_trusted(trusted, out))
        return;
    const char *end = forwarded_for + strlen(forwarded_for);
    while (end > forwarded_for) {
        const char *start = end;
        while (start > forwarded_for && start[-1] != ',')
            start--;
        const char *s = start + strspn(start, " \t");
        size_t n = s < end ? (size_t)(end - s) : 0;
        while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
            n--;
        char text[CLIENT_ADDRESS_SIZE];
        if (n == 0 || n >= sizeof text)
            return;
        memcpy(text, s, n);
        text[n] = '\0';
        if (!looks_like_address(text))
            return;
        snprintf(out, size, "%s", text);
        if (!client_address_is_trusted(trusted, text))
            return;
        end = start > forwarded_for ? start - 1 : start;
    }
}
