import { spawn } from 'node:child_process';
import type { Logger } from '@loadcycle/contract';

/**
 * Tells systemd that the agent is ready and alive, where it runs under a unit of `Type=notify` with `WatchdogSec`.
 *
 * Node has no Unix datagram sockets, so each message is sent by the `systemd-notify` program, for which the unit
 * says `NotifyAccess=all`. The keep-alive comes from the same event loop that flushes batches: where that hangs,
 * it stays away and systemd starts the agent anew. Does nothing elsewhere. Returns what ends it.
 */
export function startWatchdog(log: Logger, env: NodeJS.ProcessEnv = process.env): () => Promise<void> {
  if (env['NOTIFY_SOCKET'] === undefined) return async () => {};
  let complained = false;
  const tell = (...messages: string[]): Promise<void> =>
    new Promise((resolve) => {
      const child = spawn('systemd-notify', messages, { stdio: 'ignore', env });
      child.once('error', (error) => {
        if (!complained) log.warn({ err: error }, 'systemd-notify cannot be run: the watchdog hears nothing');
        complained = true;
        resolve();
      });
      child.once('exit', () => resolve());
    });
  void tell('--ready', 'STATUS=sampling');
  const limitUs = Number(env['WATCHDOG_USEC'] ?? 0);
  // three chances within the limit
  const timer = limitUs > 0 ? setInterval(() => void tell('WATCHDOG=1'), limitUs / 3000) : undefined;
  return async () => {
    clearInterval(timer);
    await tell('STOPPING=1');
  };
}
