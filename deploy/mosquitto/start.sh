#!/bin/sh
# Mosquitto reads its password file and its list of withdrawn certificates anew on SIGHUP only. A device that is
# enrolled or taken out changes them: this looks every two seconds, and passes on the signal to stop.
set -u
config=$1
shift

mosquitto -c "$config" &
broker=$!
trap 'kill -TERM "$broker" 2>/dev/null' TERM INT

state() { cat "$@" 2>/dev/null | cksum; }
before=$(state "$@")
while kill -0 "$broker" 2>/dev/null; do
  sleep 2 &
  wait $! 2>/dev/null
  now=$(state "$@")
  if [ "$now" != "$before" ]; then
    before=$now
    kill -HUP "$broker" 2>/dev/null
  fi
done
wait "$broker"
