#!/bin/sh
# start.sh CONFIG PASSWD SERVICES DEVICES ACL RIGHTS FILE…
#
# Mosquitto reads one password file, and reads it anew on SIGHUP only, like its rights and its list of withdrawn
# certificates. This makes that file, PASSWD, of two sources: SERVICES, which `init` alone writes, and the folder
# DEVICES, where the API and `enrol` keep a file for each device. The rights, ACL, are those in RIGHTS and, for each of
# these devices, its `#device` lines. It looks every LOOK_EVERY_S seconds, at the FILEs as well, tells the broker what
# has changed, and passes on the signal to stop.
set -u
umask 077
LC_ALL=C
export LC_ALL
config=$1
passwd=$2
services=$3
devices=$4
acl=$5
rights=$6
shift 6

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
      find "$devices/" -maxdepth 1 -type f ! -name '.*' -size -9 -exec sh -c 'grep -hsE "$@" || :' sh "$line" '{}' + &&
      # nor is one that went away meanwhile
      [ -d "$devices/" ]
  } >"$passwd.new"
}

# A user name is all that counts here of a line of PASSWD; what it may consist of is said above.
grant() {
  awk '
    FNR == NR { print; if (/^#device /) wanted[++n] = substr($0, 9); next }
    { user = substr($0, 1, index($0, ":") - 1) }
    split(user, half, "/") == 2 {
      print "\nuser " user
      for (i = 1; i <= n; i++) {
        rule = wanted[i]
        gsub(/[{]site[}]/, half[1], rule)
        gsub(/[{]device[}]/, half[2], rule)
        print rule
      }
    }' "$rights" "$passwd" >"$acl.new" && mv "$acl.new" "$acl"
}
state() { cat "$@" 2>/dev/null | cksum; }

if ! merge || ! mv "$passwd.new" "$passwd" || ! grant; then
  echo "start.sh: cannot read $services, $devices or $rights, or write $passwd or $acl" >&2
  exit 1
fi
before=$(state "$rights" "$@")

mosquitto -c "$config" &
broker=$!
trap 'kill -TERM "$broker" 2>/dev/null; wait "$broker"; exit $?' TERM INT

while kill -0 "$broker" 2>/dev/null; do
  sleep "${LOOK_EVERY_S:-2}" &
  wait $! 2>/dev/null
  changed=
  if ! merge; then
    echo "start.sh: the passwords stay as they were: cannot read $services or $devices" >&2
  elif ! cmp -s "$passwd.new" "$passwd"; then
    mv "$passwd.new" "$passwd" && grant && changed=yes
  fi
  now=$(state "$rights" "$@")
  if [ "$now" != "$before" ]; then
    before=$now
    grant
    changed=yes
  fi
  [ -z "$changed" ] || kill -HUP "$broker" 2>/dev/null
done
wait "$broker"
