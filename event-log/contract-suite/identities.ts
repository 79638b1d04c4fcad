import { expect } from 'vitest';
import { newTopic, numbered, Offsets, pollUntil, type Suite, said } from './support.ts';

/** Which log is it? */
export function identityTests(test: Suite): void {
  test('has an identity that stays, whoever asks, and an error for a topic that is not there', async ({
    log,
    another,
    reopen,
  }) => {
    const topic = await newTopic(log);
    const identities = await log.identities([topic]);
    expect(identities.get(topic)).toMatch(/^\S{8,64}$/);
    await log.append(numbered(topic, 0, 3));
    expect(await (await another()).identities([topic])).toEqual(identities);
    expect(await (await reopen()).identities([topic])).toEqual(identities);
    await expect(log.identities(['nobody-made-this'])).rejects.toMatchObject({ kind: expect.any(String) });
  });

  test('has another identity when it was lost and made anew, though it has grown past the old offset', async (under) => {
    const topic = await newTopic(under.log);
    await under.log.append(numbered(topic, 0, 5, 'old'));
    const before = await under.log.identities([topic]);
    const offsets = new Offsets();
    const reader = await under.log.consume({ group: topic, topics: [topic], positions: offsets.positions });
    expect(offsets.take(await pollUntil(reader, 5))).toBe(true);
    await reader.close();

    const log = await under.remade(topic);
    await log.append(numbered(topic, 0, 9, 'new'));
    const after = await log.identities([topic]);
    expect(after.get(topic)).not.toBe(before.get(topic));
    // the caller knows by that, and starts from the beginning
    expect(await log.ends([topic])).toEqual([{ topic, partition: 0, begin: 0, end: 9 }]);
    offsets.next.clear();
    const again = await log.consume({ group: topic, topics: [topic], positions: offsets.positions });
    expect((await pollUntil(again, 9)).map(said)).toEqual(
      numbered(topic, 0, 9, 'new').map((r) => said(r as never)),
    );
    await again.close();
  });
}
