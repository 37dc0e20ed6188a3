/* file.fcgi: files of chats. A process of its own, so that slow uploads take no thread from those who write. */
#include "cgi/file_api.h"
#include "cgi/program.h"
#include "cgi/route.h"

static const struct route routes[] = {
    {METHOD_POST, "/api/chat/sessions/{id}/files", file_api_post, ROLE_GUEST, ROUTE_OWN_BODY, NULL, NULL},
    {METHOD_GET, "/api/chat/files/{id}", file_api_get, ROLE_GUEST, 0, NULL, NULL},
    {METHOD_POST, "/chat/{id}/files", file_page_post, ROLE_GUEST, ROUTE_PAGE | ROUTE_OWN_BODY, NULL, NULL},
    {METHOD_POST, "/agent/chat/{id}/files", file_page_post, ROLE_AGENT, ROUTE_PAGE | ROUTE_OWN_BODY, NULL, NULL},
    {0},
};

int main(int argc, char **argv)
{
    static const struct program program = {.name = "file", .routes = routes};

    return program_main(&program, argc, argv);
}
