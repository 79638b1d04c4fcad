import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const LOWEST = 10_000;

/**
 * A port of 127.0.0.1 that nobody listens on, for a server that has to be told one or comes back on the same.
 *
 * It is none of those that the kernel hands out by itself: while the server is down, an outgoing connection of anybody
 * could be given such a port, or a client that tries again be connected to itself, and the server could not come back.
 */
export async function freePort(): Promise<number> {
  const below = ephemeralFrom();
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (below - LOWEST));
    if (await isFree(port)) return port;
  }
}

function ephemeralFrom(): number {
  try {
    const from = Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/)[0]);
    if (from > LOWEST + 1_000) return from;
  } catch {
    // not Linux
  }
  return 32_768;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
