/* attachment: uploaded files. Bytes are on disk (fsync of file and folder) with their SHA-256 before a row names them; names on disk are random and outside
 * every web root. What may be uploaded: an allow-list by libmagic and extension (both must agree). */
#ifndef SANGDAM_CHAT_ATTACHMENT_H
#define SANGDAM_CHAT_ATTACHMENT_H

#include "lib/chat/auth.h"
#include "lib/chat/message.h"
#include "lib/chat/outcome.h"

struct config;
struct db;

/* An upload that arrives in pieces. */
struct upload;
/* A temporary file in upload_dir. NULL with refusal 507 when the disk says no. */
struct upload *upload_begin(const struct config *config, const char *client_name, size_t client_name_len, struct refusal *refusal_r);
/* False (refusal 413, 507) when too big or not written. */
bool upload_feed(struct upload *u, const void *bytes, size_t n, struct refusal *refusal_r);
/* Checks type and size (0 bytes: 422; not allowed: 415), reads image dimensions from the header, fsyncs, moves to its random name and inserts the
 * attachment row of the session. The caller has checked RIGHT_SEND. On any failure nothing stays on disk. */
enum outcome upload_finish(struct upload *u, struct db *db, int64_t session_no, int64_t member_id, int64_t *file_id_r, struct refusal *refusal_r);
void upload_abort(struct upload **u); /* frees; removes the temporary file unless finished */
/* The clean name that people see: no path, no controls, no bidi, no leading dots or dashes, NFC, at most 255 bytes cut at a code point, "file" when nothing is left. */
void attachment_clean_name(const char *name, size_t n, char out[FILE_NAME_SIZE]);

struct attachment {
    struct attachment_info info;
    int64_t session_no, member_id;
    char storage_name[TOKEN_TEXT_SIZE];
    int status; /* 1 there, 9 erased */
};
/* 404 when absent or who may not read its chat; 410 when erased. */
enum outcome attachment_find(struct db *db, const struct principal *who, int64_t file_id, struct attachment *a_r, struct refusal *refusal_r);
/* Removes the row and the file of an upload whose message was refused. One that a message names stays: the database refuses. */
void attachment_drop(struct db *db, const struct config *config, int64_t file_id);
/* True for raster types that a browser may show inline: png, jpeg, gif, webp of at most 50 megapixels. */
bool attachment_is_safe_image(const struct attachment_info *info);
/* Removes temporary files and stored ones without a row or a message that are older than a day. For pushd's timers and sangdamctl. */
void attachment_sweep(struct db *db, const struct config *config, unsigned *removed_r);

#endif
