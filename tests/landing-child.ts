/**
 * Not a test: lands and cuts what is in the log of `argv[2]`, and says on stdout how far it is. The test kills it.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LOG_TOPICS, silentLogger } from '@loadcycle/contract';
import { openEmbedded } from '@loadcycle/database/embedded/open';
import { openSqliteLog } from '@loadcycle/event-log/sqlite/index';
import { startCycles } from '@loadcycle/processors/cycles-worker/index';
import { startLanding } from '@loadcycle/processors/landing/index';
import { Health } from '@loadcycle/service';
import { openTestStore } from './support/database.ts';

const folder = process.argv[2]!;
const store = join(folder, 'store');
const db = existsSync(store) ? await openEmbedded({ folder: store }) : await openTestStore(store);
const eventLog = await openSqliteLog({ folder: join(folder, 'log') });
const common = { eventLog, database: db, health: new Health(), log: silentLogger };
// small groups, so that there are many moments to be killed at
const landing = await startLanding({ ...common, settings: { landingSamples: 2_000 } });
const cycles = await startCycles({
  ...common,
  settings: { cyclesBytes: 20_000, cyclesGather: 0, repairQuiet: 0 },
});
const [end] = (await eventLog.ends([LOG_TOPICS.samples])).filter((p) => p.end > 0);
for (;;) {
  const rows = await db.query<{ consumer: string; next: number }>(
    'SELECT consumer, next FROM consumer_offset',
  );
  process.stdout.write(`at ${rows.reduce((n, r) => n + r.next, 0)}\n`);
  const [open] = await db.query<{ n: number }>(
    "SELECT count(*) AS n FROM repair WHERE state IN ('waiting', 'running')",
  );
  if (rows.filter((r) => r.next === end!.end).length === 2 && open!.n === 0) break;
  await delay(5);
}
await cycles.close();
await landing.close();
await eventLog.close();
await db.close();
process.stdout.write('done\n');
