import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { roomOnDisk } from './store.ts';

it('tells the room on the disk, and no limit of its own where the folder has gone', () => {
  const folder = mkdtempSync(join(tmpdir(), 'loadcycle-room-'));
  const room = roomOnDisk(join(folder, 'outbox.db'));
  expect(room).toBeGreaterThan(0);
  expect(Number.isFinite(room)).toBe(true);
  rmSync(folder, { recursive: true });
  expect(roomOnDisk(join(folder, 'outbox.db'))).toBe(Number.POSITIVE_INFINITY);
});
