# database: a MariaDB of our own under DIR, reached by a UNIX socket only.
db_user= # the user that mariadbd runs as, when we are root

# As root the server runs as an unprivileged user, unless that user can't get to DIR (a home folder closed to others).
database_choose_user() {
    [ "$(id -u)" -eq 0 ] || return 0
    if [ -d "$dir/db" ]; then
        db_user=$(stat -c %U "$dir/db")
    elif getent passwd mysql >/dev/null; then
        db_user=mysql
    else
        db_user=sangdam-db
        getent passwd $db_user >/dev/null ||
            useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin $db_user ||
            die $EX_UNAVAILABLE "can't add the user $db_user for the database"
    fi
    [ "$db_user" != root ] || return 0
    chgrp "$(id -gn "$db_user")" "$dir" "$dir/run" "$dir/tmp"
    chmod g+x "$dir"
    chmod 770 "$dir/run" "$dir/tmp"
    if ! runuser -u "$db_user" -- test -w "$dir/run" 2>/dev/null; then
        [ ! -d "$dir/db" ] || die $EX_UNAVAILABLE "$db_user, who owns $dir/db, can't get to it"
        say "the database's user $db_user can't get to $dir; it runs as root"
        db_user=root
    fi
}

database_write_conf() {
    cat >"$dir/my.cnf" <<END
# written by ./start: the private MariaDB. To look into it: mariadb --defaults-file=$dir/my.cnf -u root sangdam
[client]
socket = $dir/run/mysql.sock
default-character-set = utf8mb4

[mariadbd]
datadir = $dir/db
socket = $dir/run/mysql.sock
pid-file = $dir/db/mariadbd.own-pid
tmpdir = $dir/tmp
init-file = $dir/db-users.sql
skip-networking
skip-log-bin
skip-name-resolve
local-infile = 0
character-set-server = utf8mb4
collation-server = utf8mb4_unicode_ci
default-time-zone = +00:00
sql-mode = STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION
innodb-flush-log-at-trx-commit = 1
innodb-buffer-pool-size = 128M
innodb-log-file-size = 48M
max-connections = 400
max-allowed-packet = 16M
END
    # read at each start of the server: the users and what they may
    local password admin_password
    password=$(conf_get db_password)
    admin_password=$(conf_get db_admin_password)
    cat >"$dir/db-users.sql" <<END
CREATE DATABASE IF NOT EXISTS sangdam CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
CREATE USER IF NOT EXISTS 'sangdam'@'localhost';
ALTER USER 'sangdam'@'localhost' IDENTIFIED BY '$password';
GRANT SELECT, INSERT, UPDATE, DELETE ON sangdam.* TO 'sangdam'@'localhost';
CREATE USER IF NOT EXISTS 'sangdam_admin'@'localhost';
ALTER USER 'sangdam_admin'@'localhost' IDENTIFIED BY '$admin_password';
GRANT ALL ON sangdam.* TO 'sangdam_admin'@'localhost';
END
    chmod 640 "$dir/my.cnf" "$dir/db-users.sql"
    [ -z "$db_user" ] || chgrp "$(id -gn "$db_user")" "$dir/my.cnf" "$dir/db-users.sql"
}

# A new data folder is made beside and moved into place when it is whole.
database_make() {
    [ -d "$dir/db" ] && return
    rm -rf "$dir/db.new"
    if [ -n "${SANGDAM_DB_COPY-}" ]; then
        cp -a "$SANGDAM_DB_COPY" "$dir/db.new" || die $EX_UNAVAILABLE "can't copy $SANGDAM_DB_COPY"
        [ -z "$db_user" ] || chown -R "$db_user:" "$dir/db.new"
    else
        say "making a database"
        database_install
    fi
    mv "$dir/db.new" "$dir/db"
}

database_install() {
    # mariadb-install-db can't take a path with spaces: it goes there by another name
    local by
    by=$(mktemp -d) && chmod 755 "$by" && ln -s "$dir" "$by/d" || die $EX_UNAVAILABLE "can't make a temporary folder"
    local options=(--no-defaults "--datadir=$by/d/db.new" --auth-root-authentication-method=normal --skip-test-db
        --innodb-log-file-size=48M --skip-log-bin "--tmpdir=$by/d/tmp")
    # as that user, since with --user it would also set the owner of a plugin's folder of the machine
    local as=()
    case $db_user in
    '') ;;
    root) options+=(--user=root) ;;
    *) as=(runuser -u "$db_user" --) ;;
    esac
    mkdir -m 700 "$dir/db.new"
    [ -z "$db_user" ] || chown "$db_user:" "$dir/db.new"
    if (cd / && exec ${as[@]+"${as[@]}"} mariadb-install-db "${options[@]}") >"$dir/log/mariadb-install-db.log" 2>&1; then
        rm -rf "$by"
        return
    fi
    rm -rf "$by"
    tail -n 5 "$dir/log/mariadb-install-db.log" >&2
    die $EX_SOFTWARE "no database could be made; all of it is in $dir/log/mariadb-install-db.log"
}

# The server is up when migrate reaches it; then the tables are today's.
database_migrate() {
    local until=$((SECONDS + 60)) status
    while :; do
        "$bin/sangdamctl" -c "$dir/sangdam.conf" migrate >"$dir/log/migrate.log" 2>&1
        status=$?
        [ $status -eq 0 ] && return
        if [ $status -ne $EX_TEMPFAIL ] || [ $SECONDS -ge $until ]; then
            tail -n 5 "$dir/log/migrate.log" "$dir/log/mariadbd.log" >&2
            die $EX_SOFTWARE "the database could not be brought up to date"
        fi
        sleep 0.1
    done
}

database_load_demo() {
    local options=()
    [ -e "$dir/demo-loaded" ] && return
    [ "$demo" = full ] || options=(--accounts-only)
    "$bin/sangdamctl" -c "$dir/sangdam.conf" demo load ${options[@]+"${options[@]}"} >"$dir/log/demo.log" 2>&1 || {
        tail -n 5 "$dir/log/demo.log" >&2
        die $EX_SOFTWARE "the demo data could not be loaded"
    }
    : >"$dir/demo-loaded"
}
