import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { databaseContract } from '../contract-suite.ts';
import { openEmbedded } from './index.ts';

databaseContract('embedded', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'loadcycle-'));
  const db = await openEmbedded({ folder });
  return {
    db,
    close: async () => {
      await db.close();
      rmSync(folder, { recursive: true });
    },
  };
});
