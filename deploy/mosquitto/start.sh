#!/bin/sh
# start.sh CONFIG PASSWD SERVICES DEVICES FILE…
#
# Mosquitto reads one password file, and reads it anew on SIGHUP only, like its list of withdrawn certificates. This
# makes that file, PASSWD, of two sources: SERVICES, which `init` alone writes, and the folder DEVICES, where the API
# and `enrol` keep a file for each device. It looks every LOOK_EVERY_S seconds, at the FILEs as well, tells the broker
# what has changed, and passes on the signal to stop.
set -u
umask 077
LC_ALL=C
export LC_ALL
config=$1
passwd=$2
services=$3
devices=$4
shift 4

# All that counts of DEVICES: lines of a user site/device, as contract/mosquitto.ts writes them. The user name of a
# service has no slash: whoever may write there can not change a service's password, nor stop the broker with a line
# that it does not take.
name='[a-z0-9_-]{1,64}'
line="^$name/$name:[$]7[$][0-9]{1,4}[$][A-Za-z0-9+/]{16}[$][A-Za-z0-9+/]{86}==\$"

# Files only, for a pipe or a link could lead or hold us elsewhere; a dot begins the name of what is being written. A
# file without such a line is none of our business; a folder that can not be read, though, is not an empty one.
merge() {
  {
    grep -E '^[a-z-]+:' "$services" &&
      find "$devices/" -type f ! -name '.*' -size -9 -exec sh -c 'grep -hsE "$@" || :' sh "$line" '{}' +
  } >"$passwd.new"
}
state() { cat "$@" 2>/dev/null | cksum; }

if ! merge || ! mv "$passwd.new" "$passwd"; then
  echo "start.sh: cannot read the passwords in $services and $devices, or write $passwd" >&2
  exit 1
fi
before=$(state "$@")

mosquitto -c "$config" &
broker=$!
trap 'kill -TERM "$broker" 2>/dev/null; wait "$broker"; exit' TERM INT

while kill -0 "$broker" 2>/dev/null; do
  sleep "${LOOK_EVERY_S:-2}" &
  wait $! 2>/dev/null
  changed=
  if ! merge; then
    echo "start.sh: the passwords stay as they were: cannot read $services or $devices" >&2
  elif ! cmp -s "$passwd.new" "$passwd"; then
    mv "$passwd.new" "$passwd" && changed=yes
  fi
  now=$(state "$@")
  if [ "$now" != "$before" ]; then
    before=$now
    changed=yes
  fi
  [ -z "$changed" ] || kill -HUP "$broker" 2>/dev/null
done
wait "$broker"
