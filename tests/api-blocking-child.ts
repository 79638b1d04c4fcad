import { openTestApi, seed } from './api-support.ts';

/**
 * The API in a process of its own, with a probe of its event loop: `reset` begins a measurement, `read` answers the
 * longest time (ms) for which the loop was held, and the most memory that the process ever had (MiB).
 *
 * Held is told by the CPU time that the thread of the loop has used between two turns of a timer, not by the clock: on
 * a machine that is busy with other processes each turn may be late without anything here having held it.
 */
const t = await openTestApi();
await seed(t.db);
const [elsewhere, nowhere] = await Promise.all([
  t.token(['signals:write', 'cycles:read', 'samples:read', 'pipeline:control'], ['plant2']),
  t.token(['signals:write'], []),
]);

const usedMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};
let before = usedMs();
let longestMs = 0;
const look = (): void => {
  const now = usedMs();
  longestMs = Math.max(longestMs, now - before);
  before = now;
};
const probe = setInterval(look, 5);

process.on('message', async (message) => {
  if (message === 'close') {
    clearInterval(probe);
    await t.close();
    process.disconnect();
    return;
  }
  look();
  process.send!({ longestMs, maxRssMb: process.resourceUsage().maxRSS / 1024 });
  if (message === 'reset') longestMs = 0;
});
process.send!({ url: t.url, admin: t.admin, elsewhere, nowhere });
