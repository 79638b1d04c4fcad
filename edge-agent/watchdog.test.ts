import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { silentLogger } from '@loadcycle/contract';
import { expect, test } from 'vitest';
import { removeFolder, temporaryFolder, until } from './test-support.ts';
import { startWatchdog } from './watchdog.ts';

/** A stand-in for systemd: prints what comes to its datagram socket (Node has none of these). */
const LISTENER = `
import socket, sys, os
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('bound', flush=True)
while True:
    data, fds, flags, _ = socket.recv_fds(s, 4096, 4)
    for fd in fds: os.close(fd)
    print(data.decode(), flush=True)
`;

test('systemd hears that the agent is ready, again and again that it lives, and that it stops', async (ctx) => {
  for (const name of ['systemd-notify', 'python3']) {
    if (spawnSync(name, ['--version']).error) return ctx.skip(`${name} is not installed`);
  }
  const folder = temporaryFolder();
  const socket = join(folder, 'notify');
  const listener: ChildProcess = spawn('python3', ['-c', LISTENER, socket], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let heard = '';
  listener.stdout!.on('data', (text) => {
    heard += text;
  });
  try {
    await until(() => heard.includes('bound'));
    const stop = startWatchdog(silentLogger, {
      ...process.env,
      NOTIFY_SOCKET: socket,
      WATCHDOG_USEC: '300000',
    });
    await until(() => heard.includes('READY=1') && heard.split('WATCHDOG=1').length > 2);
    await stop();
    await until(() => heard.includes('STOPPING=1'));
    expect(heard).toMatch(/READY=1[\s\S]*WATCHDOG=1[\s\S]*STOPPING=1/);
  } finally {
    listener.kill('SIGKILL');
    await once(listener, 'exit');
    removeFolder(folder);
  }
});

test('without systemd it does nothing', async () => {
  await startWatchdog(silentLogger, {})();
});
