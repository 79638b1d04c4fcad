import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WorkerOrder } from './worker.ts';
import { Scene, SESSION_MS } from './workers.ts';

/** What must hold while brokers and members fail: every record is worked on, none twice, nobody dies in silence. */
export function describeKafkaFailures(kind: WorkerOrder['kind']): void {
  describe(`${kind}: failures`, () => {
    let opened: Scene | string;
    beforeAll(async () => {
      opened = await Scene.open(kind);
    }, 180_000);
    afterAll(async () => {
      if (typeof opened === 'object') await opened.close();
    }, 60_000);

    test('a broker that is killed, and one that is frozen for longer than the session time-out', async (context) => {
      if (typeof opened === 'string') return context.skip(opened);
      const scene = opened;
      scene.produce();
      scene.start('one');
      scene.start('two');
      await scene.progress('one', 'two');
      await scene.kafka.kill();
      await scene.kafka.restart();
      await scene.progress('one', 'two');
      scene.kafka.freeze();
      // the failure itself takes time: longer than the session time-out
      await delay(SESSION_MS * 1.5);
      scene.kafka.thaw();
      await scene.progress('one', 'two');
      await scene.nothingLostNothingDoubled();
      await scene.end('one', 'SIGTERM');
      await scene.end('two', 'SIGTERM');
    }, 120_000);

    test('members that join, leave, die, freeze, and work longer than the session time-out', async (context) => {
      if (typeof opened === 'string') return context.skip(opened);
      const scene = opened;
      scene.produce();
      // working long but awake: it keeps its place, and what it did counts
      scene.start('patient', { awakeMs: SESSION_MS * 1.5 });
      await scene.progress('patient');
      expect(scene.store.refusals('patient')).toBe(0);
      // holding its thread for longer than that: it loses its place, and what it did meanwhile is refused
      const blocked = scene.start('blocked', { blockedMs: SESSION_MS * 2 });
      await once(blocked.stdout!, 'data');
      await scene.progress('patient');
      await scene.progress('blocked');
      // stopped by the system and woken again
      blocked.kill('SIGSTOP');
      await delay(SESSION_MS * 1.5);
      await scene.progress('patient');
      blocked.kill('SIGCONT');
      await scene.progress('blocked', 'patient');
      await scene.end('patient', 'SIGTERM');
      scene.start('third');
      await scene.progress('blocked', 'third');
      await scene.end('blocked', 'SIGKILL');
      await scene.progress('third');
      await scene.nothingLostNothingDoubled();
      // and while Kafka is away, who is asked to stop still stops
      await scene.kafka.kill();
      await scene.end('third', 'SIGTERM');
    }, 120_000);
  });
}
