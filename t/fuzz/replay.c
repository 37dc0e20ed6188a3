/* replay: runs one fuzz target over its corpus without libFuzzer: each file whole and cut at every byte (every seventh of a long one). TAP: a line a file; what breaks an
 * invariant aborts. CORPUS is the target's folder in t/fuzz/corpus; files may be named instead. */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>

#include "t/fuzz/fuzz.h"

#define FILE_MAX 65536
#define LONG_FILE 1024

static void run_file(const char *path, int number)
{
    static uint8_t bytes[FILE_MAX];
    const char *slash = strrchr(path, '/');
    FILE *in = fopen(path, "rb");
    size_t n;

    require(in != NULL);
    n = fread(bytes, 1, sizeof bytes, in);
    require(!ferror(in) && n < sizeof bytes);
    fclose(in);
    for (size_t cut = 0; cut <= n; cut += cut + 7 <= n && n > LONG_FILE ? 7 : 1) {
        uint8_t *copy = (uint8_t *)fuzz_copy(bytes, cut, false);
        LLVMFuzzerTestOneInput(copy, cut);
        free(copy);
    }
    printf("ok %d - %s\n", number, slash ? slash + 1 : path);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    const char *srcdir = getenv("srcdir");
    char folder[PATH_MAX / 2], path[PATH_MAX];
    struct dirent **list;
    int n, count = 0;

    for (int i = 1; i < argc; i++)
        run_file(argv[i], i);
    if (argc > 1) {
        printf("1..%d\n", argc - 1);
        return 0;
    }
    require((size_t)snprintf(folder, sizeof folder, "%s/t/fuzz/corpus/" CORPUS, srcdir ? srcdir : ".") < sizeof folder);
    n = scandir(folder, &list, NULL, alphasort);
    require(n > 2);
    for (int i = 0; i < n; i++) {
        if (list[i]->d_name[0] != '.') {
            require((size_t)snprintf(path, sizeof path, "%s/%s", folder, list[i]->d_name) < sizeof path);
            run_file(path, ++count);
        }
        free(list[i]);
    }
    free(list);
    require(count > 0);
    printf("1..%d\n", count);
    return 0;
}
