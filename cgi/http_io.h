/* http_io: the two doors behind struct http_io: a FastCGI connection and the environment of plain CGI. */
#ifndef SANGDAM_CGI_HTTP_IO_H
#define SANGDAM_CGI_HTTP_IO_H

#include <fcgiapp.h>

#include "cgi/http.h"

/* request must outlive io. */
void http_io_fastcgi(struct http_io *io, FCGX_Request *request);
/* The environment, standard input and standard output of this process. */
void http_io_plain(struct http_io *io);

#endif
