import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeEventLog } from '../contract-suite.ts';
import { openSqliteLog } from './index.ts';

describeEventLog('sqlite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'loadcycle-log-'));
  const spareFolder = join(folder, 'spare');
  let log = await openSqliteLog({ folder });
  return {
    get log() {
      return log;
    },
    another: async () => log,
    reopen: async () => {
      await log.close();
      log = await openSqliteLog({ folder });
      return log;
    },
    remade: async (topic) => {
      await log.close();
      await rm(folder, { recursive: true });
      log = await openSqliteLog({ folder });
      await log.ensureTopics([{ topic, partitions: 1, retentionMs: null }]);
      return log;
    },
    spare: () => openSqliteLog({ folder: spareFolder }),
    stop: async () => {
      await log.close();
      await rm(folder, { recursive: true });
    },
  };
});
