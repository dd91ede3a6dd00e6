#!/bin/sh
# Finds similar samples with liblo's tools (oscsend, oscdump), from any shell.
#
#   ./find_similar.sh [PORT] [WORDS] [REPLY_PORT]
#
# oscsend sends each message from another port and cannot receive there, so every question goes through
# /soundkin/at, which names the port (REPLY_PORT) that oscdump listens on.
PORT=${1:-27400}
WORDS=${2:-kick}
REPLY_PORT=${3:-27401}

received=$(mktemp)
oscdump -L "$REPLY_PORT" >"$received" 2>&1 &
dump=$!
trap 'kill $dump; rm -f "$received"' EXIT
sleep 0.2

# ask TYPES ADDRESS ARGUMENTS...
ask() {
    types=$1
    shift
    oscsend 127.0.0.1 "$PORT" /soundkin/at "is$types" "$REPLY_PORT" "$@"
}

# wait_for PATTERN: the newest line that holds it, once it is there
wait_for() {
    for _ in $(seq 100); do
        line=$(grep -E "$1" "$received" | tail -n 1)
        [ -n "$line" ] && return 0
        sleep 0.05
    done
    echo "no answer like $1" >&2
    exit 1
}

ask "" /soundkin/hello
wait_for "/soundkin/welcome"
echo "$line" | sed 's/^.*welcome iissi/welcome/'

# Two pages of names; the id of the first hit is the question that follows.
ask isi /soundkin/find/text 1 "$WORDS" 2
wait_for "/soundkin/done iiis 1 "
ask isii /soundkin/find/text 2 "$WORDS" 2 2
wait_for "/soundkin/done iiis 2 "
id=$(sed -n 's|.*/soundkin/result iiiffs 1 0 \([0-9]*\) .*|\1|p' "$received" | head -n 1)
[ -n "$id" ] || { echo "nothing is called $WORDS" >&2; exit 1; }

ask iii /soundkin/find/id 3 "$id" 8
wait_for "/soundkin/done iiis 3 "
sed -n 's|.*/soundkin/result iiiffs 3 |similar |p' "$received"

# The cursor: subscribe, select, ask, and move a fader to the end of the list.
ask si /soundkin/subscribe "cursor" 10
wait_for "/soundkin/subscribed"
oscsend 127.0.0.1 "$PORT" /soundkin/sel/id i "$id"
oscsend 127.0.0.1 "$PORT" /soundkin/go
wait_for "/soundkin/cursor/total i [1-9]"
total=${line##* }
oscsend 127.0.0.1 "$PORT" /soundkin/nav/fader f 1
wait_for "/soundkin/cursor/index i $total"
echo "cursor at $total of $total"
ask "" /soundkin/unsubscribe
echo ok
