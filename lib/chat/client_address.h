/* client_address: whose request is it, when proxies stand between? One rule for REST, WebSocket and SockJS. Pure. */
#ifndef SANGDAM_CHAT_CLIENT_ADDRESS_H
#define SANGDAM_CHAT_CLIENT_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#define CLIENT_ADDRESS_SIZE 64

/* True when address stands in list (trusted_proxies: separated by spaces, tabs or commas). */
bool client_address_is_trusted(const char *list, const char *address);
/* The client behind trusted proxies: the last address of X-Forwarded-For (NULL: none came) that is no trusted one, when the peer is; else the peer
 * ("unix:" for a UNIX socket). What is no address ends the walk at the last proxy that could be trusted. Cut at size. */
void client_address_find(const char *peer, const char *forwarded_for, const char *trusted, char *out, size_t size);

#endif
