# build: configure, make and a private install into the build folder. Two starts at once build one after the other.
build=${SANGDAM_BUILD:-$src/build-start}
case $build in /*) ;; *) build=$PWD/$build ;; esac
inst=$build/inst
sbin=$inst/sbin bin=$inst/bin libexec=$inst/libexec/sangdam data=$inst/share/sangdam locale=$inst/share/locale

# True when nothing that a build reads is younger than the last good build.
build_is_fresh() {
    [ -e "$build/.built" ] && [ "$(cat "$build/.built")" = "${SANGDAM_CONFIGURE-}" ] || return 1
    [ -z "$(cd "$src" && find configure.ac Makefile.am lib cgi pushd ctl templates static po sql etc doc \
        -path etc/start -prune -o -name node_modules -prune -o -type f -newer "$build/.built" -print -quit 2>/dev/null)" ]
}

build_step() { # NAME COMMAND...: quiet when it works; its last lines when it doesn't
    local name=$1
    shift
    "$@" >"$build/$name.log" 2>&1 && return
    grep -E 'error|Error|needed' "$build/$name.log" | head -10 >&2
    tail -5 "$build/$name.log" >&2
    die $EX_SOFTWARE "$name failed; all of it is in $build/$name.log"
}

build_all() {
    build_is_fresh && return
    case $build in
    *[[:space:]]* | *[\"\\\$\;\{\}\'\#@\&\|]*) die $EX_USAGE "$build: make can't build in a path with spaces or signs; set SANGDAM_BUILD" ;;
    esac
    mkdir -p "$build" 2>/dev/null && [ -w "$build" ] || die $EX_SOFTWARE "can't write $build; set SANGDAM_BUILD to another folder"
    exec 8>"$build/.lock"
    flock -n 8 || { say "another start is building; waiting"; flock 8; }
    if ! build_is_fresh; then
        say "building"
        build_run
    fi
    exec 8>&-
}

build_run() {
    touch "$build/.began" # what changes from now on is built the next time
    if [ ! -x "$src/configure" ] || { [ -e "$src/.git" ] && [ "$src/configure.ac" -nt "$src/configure" ]; }; then
        build_step autogen "$src/autogen.sh"
    fi
    if [ ! -f "$build/Makefile" ] || [ "$(cat "$build/.configured" 2>/dev/null)" != "${SANGDAM_CONFIGURE-}" ]; then
        build_configure
    fi
    build_step make make -C "$build" -s -j"$(nproc)"
    build_step install make -C "$build" -s install
    printf %s "${SANGDAM_CONFIGURE-}" >"$build/.built.new"
    touch -r "$build/.began" "$build/.built.new"
    mv "$build/.built.new" "$build/.built"
}

build_configure() {
    local options
    read -r -a options <<<"${SANGDAM_CONFIGURE-}"
    cd "$build" || exit
    build_step configure "$src/configure" -q --prefix="$inst" ${options[@]+"${options[@]}"}
    cd "$OLDPWD" || exit
    printf %s "${SANGDAM_CONFIGURE-}" >"$build/.configured"
}
