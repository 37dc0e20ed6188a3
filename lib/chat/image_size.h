/* image_size: width and height of a PNG, JPEG, GIF or WebP from its header; nothing is decoded. Pure. */
#ifndef SANGDAM_CHAT_IMAGE_SIZE_H
#define SANGDAM_CHAT_IMAGE_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many first bytes of a file are enough, but for JPEGs with a larger preamble (those have no size then). */
#define IMAGE_HEAD_MAX 65536

/* bytes: the first n of the file. False when the header is cut, broken or of another format. */
bool image_size(const uint8_t *bytes, size_t n, int32_t *width_r, int32_t *height_r);

#endif
