# packages: what a build and a run need, by Debian's names. No service of the machine is started or changed.
build_packages=(gcc libc6-dev make pkg-config gettext libmicrohttpd-dev libmariadb-dev libjson-c-dev libsodium-dev libinih-dev
    libfcgi-dev uthash-dev libmagic-dev libhiredis-dev libcurl4-openssl-dev libssl-dev libutf8proc-dev)
checkout_packages=(autoconf automake)
run_packages=(nginx mariadb-server-core mariadb-client-core procps)

packages_missing() { # NAME...: those that are not installed, one a line
    local name
    for name in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || printf '%s\n' "$name"
    done
}

packages_wanted() {
    printf '%s\n' "${run_packages[@]}"
    [ "${redis:-no}" = no ] || printf 'redis-server\n'
    build_is_fresh && return
    printf '%s\n' "${build_packages[@]}"
    [ -x "$src/configure" ] && [ ! -e "$src/.git" ] && return
    printf '%s\n' "${checkout_packages[@]}"
    # the browser's STOMP library comes from npm; a dist tarball carries it
    command -v npm >/dev/null || printf 'npm\n'
}

# A package's service must not start because we need its program: this is Debian's way to say so, for the install alone.
packages_hold_services() {
    policy=/usr/sbin/policy-rc.d
    policy_kept=
    [ -e $policy ] && policy_kept=$(mktemp) && cp -p $policy "$policy_kept"
    trap packages_release_services EXIT
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod 755 $policy
}

packages_release_services() {
    trap - EXIT
    if [ -n "$policy_kept" ]; then
        cp -p "$policy_kept" $policy
        rm -f "$policy_kept"
    else
        rm -f $policy
    fi
}

packages_install() {
    command -v dpkg-query >/dev/null && command -v apt-get >/dev/null || return 0 # not Debian: configure names what is missing
    local wanted missing
    mapfile -t wanted < <(packages_wanted)
    mapfile -t missing < <(packages_missing "${wanted[@]}")
    [ ${#missing[@]} -eq 0 ] && return
    if [ "$(id -u)" -ne 0 ]; then
        complain "some packages are missing, and only root may install them. Please run:"
        complain "  sudo apt-get install --no-install-recommends ${missing[*]}"
        exit $EX_UNAVAILABLE
    fi
    say "installing ${missing[*]}"
    exec 7>/run/lock/sangdam-start-packages
    flock 7
    packages_hold_services
    local log status=0
    log=$(mktemp)
    export DEBIAN_FRONTEND=noninteractive
    packages_apt "$log" "${missing[@]}" || status=$?
    packages_release_services
    exec 7>&-
    if [ $status -ne 0 ]; then
        tail -20 "$log" >&2
        rm -f "$log"
        die $EX_UNAVAILABLE "apt-get could not install ${missing[*]}"
    fi
    rm -f "$log"
    packages_keep_disabled "${missing[@]}"
}

packages_apt() { # LOG NAME...
    local log=$1
    shift
    local options=(-y -q --no-install-recommends -o DPkg::Lock::Timeout=300 -o APT::Install-Suggests=false)
    [ -n "$(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -print -quit 2>/dev/null)" ] &&
        apt-get install "${options[@]}" "$@" >"$log" 2>&1 7>&- && return
    apt-get update -q >"$log" 2>&1 7>&- && apt-get install "${options[@]}" "$@" >>"$log" 2>&1 7>&-
}

# A service that came with what we installed stays off at the next boot too.
packages_keep_disabled() {
    [ -d /run/systemd/system ] || return 0
    local name
    for name in nginx mariadb-server:mariadb redis-server fcgiwrap; do
        case " $* " in *" ${name%:*} "*) systemctl disable "${name#*:}.service" >/dev/null 2>&1 ;; esac
    done
    return 0
}
