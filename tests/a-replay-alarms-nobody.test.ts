import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAgent } from '@loadcycle/edge-agent';
import { expect, test } from 'vitest';
import { wave } from './cycles-worker-support.ts';
import { startLocal, waitFor } from './support/local-process.ts';

const SPEED = 60;
const RATE_HZ = 200;

interface Found {
  readonly kind: string;
  readonly metric: string | null;
  readonly state: string;
  readonly closedReason: string | null;
}

test('what is found in the cycles of a recording that is played at sixty times its speed is history', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'loadcycle-replay-'));
  const file = join(folder, 'recording.csv');
  const values = wave(150_000).filter((_, i) => i % (1000 / RATE_HZ) === 0);
  // an overload in the second half, over before the end
  const lines = Array.from(values, (v, i) => {
    const overload = v > 250 && i > 0.55 * values.length && i < 0.75 * values.length;
    return `${new Date(1_700_000_000_000 + (i * 1000) / RATE_HZ).toISOString()},${v + (overload ? 15 : 0)}`;
  });
  await writeFile(file, `time,voltage\n${lines.join('\n')}\n`);

  const system = await startLocal(join(folder, 'data'), ['--device', 'false', '--mqtt-anonymous', 'publish']);
  const headers = { authorization: `Bearer ${await system.token()}` };
  const ask = async <T>(path: string): Promise<T> =>
    (await (await fetch(system.httpUrl + path, { headers })).json()) as T;
  const agent = await startAgent({
    ...{ site: 'lab', device: 'press', outboxDir: join(folder, 'outbox') },
    mqtt: { url: `mqtt://127.0.0.1:${system.mqttPort}` },
    sources: [
      {
        ...{ kind: 'replay', file, shift: 'now', speed: SPEED },
        columns: [{ column: 'voltage', signal: 'voltage', unit: 'V' }],
      },
    ],
  });
  const found = await waitFor('the overload is found', async () => {
    const { anomalies } = await ask<{ anomalies: Found[] }>('/v1/anomalies');
    return anomalies.some((a) => a.metric === 'topLevel') && anomalies;
  });
  expect(found.filter((a) => a.state !== 'closed' || a.closedReason !== 'history')).toEqual([]);
  await agent.close();
  await system.stop();
  await rm(folder, { recursive: true });
});
