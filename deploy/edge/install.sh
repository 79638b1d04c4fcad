#!/bin/sh
# Installs the edge agent as a service on a device: Raspberry Pi OS (64-bit), or any Debian with systemd.
# Run it again to upgrade: configuration and data stay. Run it with --help first.
set -eu

usage() {
  cat <<'TEXT'
Usage: sudo deploy/edge/install.sh --mqtt-url URL [--credentials FOLDER] [settings]

  --mqtt-url URL        the broker: mqtts://HOST:8883 (or mqtt:// on a trusted network)
  --credentials FOLDER  what `npm run device:enrol` made for this device
  --certificate         sign in with client.crt and client.key in place of the password
  --site NAME           where the credentials do not say it
  --device NAME
  --config FILE         what to sample (JSON); default: agent.json of the credentials, else a simulated voltage
  --outbox-limit BYTES  most that the outbox may take on disk; default: half of what is free, at most 16 GB
  --node FILE           a Node.js 24 or later to use; default: the one of this machine, else it is installed
  --root FOLDER         install into an image mounted there; nothing is started
  --uninstall           remove program and service; configuration and data stay
  --purge               with --uninstall: remove these too
TEXT
}

fail() { echo "install.sh: $*" >&2; exit 1; }

mqtt_url='' credentials='' by_certificate=no site='' device='' config='' limit='' node='' root='' action=install purge=no
while [ $# -gt 0 ]; do
  case "$1" in
    --mqtt-url | --credentials | --site | --device | --config | --outbox-limit | --node | --root)
      [ $# -ge 2 ] || fail "$1 wants a value"
      case "$1" in
        --mqtt-url) mqtt_url=$2 ;; --credentials) credentials=$2 ;; --site) site=$2 ;; --device) device=$2 ;;
        --config) config=$2 ;; --outbox-limit) limit=$2 ;; --node) node=$2 ;; --root) root=${2%/} ;;
      esac
      shift 2 ;;
    --certificate) by_certificate=yes; shift ;;
    --uninstall) action=uninstall; shift ;;
    --purge) purge=yes; shift ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; fail "unknown argument: $1" ;;
  esac
done

[ "$(id -u)" = 0 ] || fail 'run it as root (sudo)'
source_dir=$(cd "$(dirname "$0")/../.." && pwd)
program=$root/opt/loadcycle etc=$root/etc/loadcycle data=$root/var/lib/loadcycle cache=$root/var/cache/loadcycle
unit=$root/etc/systemd/system/loadcycle-agent.service
live() { [ -z "$root" ]; }

if [ "$action" = uninstall ]; then
  if live; then systemctl disable --now loadcycle-agent 2>/dev/null || true; fi
  rm -rf "$program" "$program.old" "$cache" "$unit"
  if live; then systemctl daemon-reload; fi
  if [ "$purge" = yes ]; then rm -rf "$etc" "$data"; fi
  echo 'The agent is removed.'
  exit 0
fi

upgrade=no
[ ! -f "$etc/agent.env" ] || upgrade=yes
[ -n "$mqtt_url" ] || [ $upgrade = yes ] || { usage >&2; fail '--mqtt-url is missing'; }
[ -z "$credentials" ] || [ -f "$credentials/password" ] || fail "$credentials does not look like a folder of device:enrol"
live && { command -v systemctl >/dev/null || fail 'this machine has no systemd'; }
case "$(uname -m)" in aarch64 | x86_64) ;; *) fail "Node.js 24 wants a 64-bit system; this one is $(uname -m)" ;; esac

# A user of its own, who can log in nowhere.
if ! grep -q '^loadcycle:' "$root/etc/passwd"; then
  useradd ${root:+--root "$root"} --system --user-group --home-dir /var/lib/loadcycle --no-create-home \
    --shell /usr/sbin/nologin loadcycle
fi
uid=$(awk -F: '$1 == "loadcycle" { print $3 }' "$root/etc/passwd")
gid=$(awk -F: '$1 == "loadcycle" { print $4 }' "$root/etc/passwd")

# The program goes beside the old one first, and takes its place when it is complete.
rm -rf "$program.new"
install -d -m 0755 "$program.new"
cp "$source_dir/package.json" "$source_dir/package-lock.json" "$source_dir/.npmrc" "$source_dir/LICENSE" "$program.new/"
for room in "$source_dir"/*/package.json; do
  name=$(basename "$(dirname "$room")")
  install -D -m 0644 "$room" "$program.new/$name/package.json"
done
for room in contract service edge-agent; do
  (cd "$source_dir/$room" && find . -name '*.ts' ! -name '*.test.ts' ! -name 'test-support.ts') |
    while read -r file; do install -D -m 0644 "$source_dir/$room/$file" "$program.new/$room/$file"; done
done

if [ -z "$node" ] && command -v node >/dev/null && [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 24 ]; then
  node=$(command -v node)
fi
if ! command -v npm >/dev/null; then
  echo 'Installing npm …'
  apt-get install -y --no-install-recommends nodejs npm >/dev/null
fi
echo 'Installing the libraries …'
(cd "$program.new" && npm ci --omit=dev --no-audit --no-fund --loglevel=error \
  --workspace contract --workspace service --workspace edge-agent)
install -d -m 0755 "$program.new/runtime/bin"
if [ -n "$node" ]; then
  cp "$(readlink -f "$node")" "$program.new/runtime/bin/node"
else
  version=$(sed -n 's/^ *"node": "\([0-9.]*\)".*/\1/p' "$source_dir/package.json" | head -n 1)
  echo "Installing Node.js $version …"
  npm install --prefix "$program.new/runtime" --no-save --no-audit --no-fund --loglevel=error "node@$version"
  cp -L "$program.new/runtime/node_modules/node/bin/node" "$program.new/runtime/bin/node"
  rm -rf "$program.new/runtime/node_modules"
fi
major=$("$program.new/runtime/bin/node" -p 'process.versions.node.split(".")[0]')
[ "$major" -ge 24 ] || fail "Node.js 24 or later is wanted; $program.new/runtime/bin/node is $major"
rm -rf "$program.old"
[ ! -d "$program" ] || mv "$program" "$program.old"
mv "$program.new" "$program"

# Configuration: written once, never overwritten by an upgrade; secrets readable by the agent alone.
install -d -m 0750 -g "$gid" "$etc"
secret() { install -m 0640 -g "$gid" "$1" "$etc/$2"; }
if [ -n "$credentials" ]; then
  for name in ca.crt client.crt client.key username password; do
    [ ! -f "$credentials/$name" ] || secret "$credentials/$name" "$name"
  done
  [ -n "$config" ] || config=$credentials/agent.json
fi
if [ -n "$config" ]; then
  secret "$config" agent.json
elif [ ! -f "$etc/agent.json" ]; then
  echo '{ "sources": [{ "kind": "simulate", "signal": "motor-voltage", "unit": "V" }] }' >"$etc/agent.json"
fi
if [ -n "$mqtt_url" ]; then
  if [ -z "$limit" ]; then
    free=$(df --output=avail -B1 "$root/var" | tail -n 1)
    limit=$((free / 2))
    [ "$limit" -le 16000000000 ] || limit=16000000000
  fi
  {
    echo "LOADCYCLE_MQTT_URL=$mqtt_url"
    echo "LOADCYCLE_OUTBOX_LIMIT=$limit"
    [ -z "$site" ] || echo "LOADCYCLE_SITE=$site"
    [ -z "$device" ] || echo "LOADCYCLE_DEVICE=$device"
    case "$mqtt_url" in mqtts:*) [ ! -f "$etc/ca.crt" ] || echo 'LOADCYCLE_MQTT_CA_FILE=/etc/loadcycle/ca.crt' ;; esac
    if [ "$by_certificate" = yes ]; then
      echo 'LOADCYCLE_MQTT_CERT_FILE=/etc/loadcycle/client.crt'
      echo 'LOADCYCLE_MQTT_KEY_FILE=/etc/loadcycle/client.key'
    elif [ -f "$etc/password" ]; then
      echo 'LOADCYCLE_MQTT_USERNAME_FILE=/etc/loadcycle/username'
      echo 'LOADCYCLE_MQTT_PASSWORD_FILE=/etc/loadcycle/password'
    fi
  } >"$etc/agent.env"
  chgrp "$gid" "$etc/agent.env"
  chmod 0640 "$etc/agent.env"
fi

# What the program compiles to, made once as its own user: the service then starts without a compiler in memory.
install -d -m 0700 -o "$uid" -g "$gid" "$data" "$cache"
# With the same flags, or Node would not take it.
flags=$(sed -n 's/^ExecStart=[^ ]* \(--.*\) edge-agent.*/\1/p' "$source_dir/deploy/edge/loadcycle-agent.service")
# shellcheck disable=SC2086
(cd "$program" && setpriv --reuid "$uid" --regid "$gid" --clear-groups env NODE_COMPILE_CACHE="$cache" \
  runtime/bin/node $flags edge-agent/main.ts --help >/dev/null)

install -D -m 0644 "$source_dir/deploy/edge/loadcycle-agent.service" "$unit"
if live; then
  systemctl daemon-reload
  systemctl enable loadcycle-agent
  systemctl restart loadcycle-agent
  systemctl --no-pager --lines=5 status loadcycle-agent || true
  echo 'Follow it with: journalctl -u loadcycle-agent -f'
else
  mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
  ln -sf ../loadcycle-agent.service "$root/etc/systemd/system/multi-user.target.wants/loadcycle-agent.service"
  echo "Installed into $root; the agent starts when that system boots."
fi
