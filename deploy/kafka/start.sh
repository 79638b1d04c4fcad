#!/bin/sh
# Gives the data folder its identity at the first start, then runs the broker. What it writes beside its data goes to
# /tmp: the file system is read-only.
set -eu
config=/etc/loadcycle/kafka.properties
bin=/opt/kafka/bin
export LOG_DIR=/tmp/kafka-logs

if [ ! -f /var/lib/kafka/data/meta.properties ]; then
  "$bin/kafka-storage.sh" format --ignore-formatted --cluster-id "$("$bin/kafka-storage.sh" random-uuid)" --config "$config"
fi
exec "$bin/kafka-server-start.sh" "$config"
