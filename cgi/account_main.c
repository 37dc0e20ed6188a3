/* account.fcgi: who somebody is: signing in, up and out, tokens for programs, guests, the language. */
#include "cgi/account_api.h"
#include "cgi/account_page.h"
#include "cgi/program.h"
#include "cgi/route.h"

static const struct route routes[] = {
    {METHOD_POST, "/api/account/login", account_api_login, ROLE_NONE, ROUTE_ORIGIN_ONLY, NULL, account_api_login_body},
    {METHOD_POST, "/api/account/token", account_api_token, ROLE_NONE, ROUTE_ORIGIN_ONLY, NULL, account_api_login_body},
    {METHOD_POST, "/api/account/signup", account_api_signup, ROLE_NONE, ROUTE_ORIGIN_ONLY, NULL, account_api_signup_body},
    {METHOD_POST, "/api/account/guest", account_api_guest, ROLE_NONE, ROUTE_ORIGIN_ONLY, NULL, account_api_guest_body},
    {METHOD_POST, "/api/account/identity", account_api_identity, ROLE_NONE, ROUTE_ORIGIN_ONLY, NULL, account_api_identity_body},
    {METHOD_POST, "/api/account/logout", account_api_logout, ROLE_GUEST, 0, NULL, NULL},
    {METHOD_GET, "/api/account/me", account_api_me, ROLE_GUEST, 0, NULL, NULL},
    {METHOD_GET, "/signin", account_page_signin_form, ROLE_NONE, ROUTE_PAGE, account_page_query, NULL},
    {METHOD_POST, "/signin", account_page_signin, ROLE_NONE, ROUTE_PAGE | ROUTE_ORIGIN_ONLY, NULL, account_page_signin_body},
    {METHOD_GET, "/signup", account_page_signup_form, ROLE_NONE, ROUTE_PAGE, account_page_query, NULL},
    {METHOD_POST, "/signup", account_page_signup, ROLE_NONE, ROUTE_PAGE | ROUTE_ORIGIN_ONLY, NULL, account_page_signup_body},
    {METHOD_POST, "/guest", account_page_guest, ROLE_NONE, ROUTE_PAGE | ROUTE_ORIGIN_ONLY, NULL, account_page_guest_body},
    {METHOD_POST, "/signout", account_page_signout, ROLE_NONE, ROUTE_PAGE, NULL, NULL},
    {METHOD_POST, "/lang", account_page_lang, ROLE_NONE, ROUTE_PAGE, NULL, account_page_lang_body},
    {0},
};

int main(int argc, char **argv)
{
    static const struct program program = {.name = "account", .routes = routes};

    return program_main(&program, argc, argv);
}
