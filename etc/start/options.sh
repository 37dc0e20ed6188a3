# options: the command line.
dir=run-demo port= demo=full detach=no action=run nodes=1 redis=no
sets=()

option_value() { # NAME COUNT: the option needs a value behind it
    [ "$2" -ge 2 ] || die $EX_USAGE "$1 needs a value; --help tells more"
}

options_read() {
    while [ $# -gt 0 ]; do
        case $1 in
        --dir=* | --port=* | --set=* | --demo=* | --nodes=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;;
        esac
        case $1 in
        --dir) option_value "$1" $#; dir=$2; shift ;;
        --port) option_value "$1" $#; port=$2; shift ;;
        --set) option_value "$1" $#; sets+=("$2"); shift ;;
        --demo) option_value "$1" $#; demo=$2; shift ;;
        --nodes) option_value "$1" $#; nodes=$2; shift ;;
        --redis) redis=yes ;;
        --detach) detach=yes ;;
        --stop) action=stop ;;
        --status) action=status ;;
        --help | -h) usage; exit 0 ;;
        *) die $EX_USAGE "unknown option $1; --help lists them" ;;
        esac
        shift
    done
    [[ $port =~ ^([0-9]{1,5})?$ ]] && [ "${port:-1}" -le 65535 ] || die $EX_USAGE "--port is 0 to 65535"
    case $demo in full | none) ;; *) die $EX_USAGE "--demo is full or none" ;; esac
    [[ $nodes =~ ^[1-8]$ ]] || die $EX_USAGE "--nodes is 1 to 8"
    [ "$nodes" = 1 ] || [ $redis = yes ] || die $EX_USAGE "several nodes hear of each other through Redis: add --redis"
    local pair
    for pair in ${sets[@]+"${sets[@]}"}; do
        [[ $pair =~ ^[a-z_]+= ]] && [[ $pair != *$'\n'* ]] || die $EX_USAGE "--set takes KEY=VALUE, not $pair"
    done
    options_check_dir
}

# Absolute, free of characters that nginx or the lists of the keeper would read as something else, and short enough.
options_check_dir() {
    [ -n "$dir" ] || die $EX_USAGE "--dir is empty"
    [[ $dir == /* ]] || dir=$PWD/$dir
    dir=$(realpath -m -- "$dir")
    case $dir in
    *[\"\\\$\;\{\}\'\#@\&\|]* | *$'\n'*) die $EX_USAGE "$dir: a folder's path may not hold any of \" ' \\ \$ ; { } # @ & |" ;;
    esac
    local longest=$dir/run/account.sock bytes
    bytes=$(LC_ALL=C; printf %s "${#longest}")
    [ "$bytes" -le 107 ] ||
        die $EX_USAGE "$dir is too long: $longest has $bytes bytes and the path of a UNIX socket holds 107; take a shorter --dir"
}
