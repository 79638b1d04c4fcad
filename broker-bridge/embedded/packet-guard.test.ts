import fc from 'fast-check';
import mqttPacket from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import { PacketGuard } from './packet-guard.ts';

const CONNECT = mqttPacket.generate({
  cmd: 'connect',
  clientId: 'x',
  protocolVersion: 4,
  clean: true,
} as never);
const publish = (bytes: number): Buffer =>
  mqttPacket.generate({
    cmd: 'publish',
    topic: 't',
    payload: Buffer.alloc(bytes),
    qos: 0,
    retain: false,
    dup: false,
  } as never);

describe('the guard', () => {
  it('lets whole streams pass, however they are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 20 }),
        fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 20 }),
        (sizes, cuts) => {
          const stream = Buffer.concat([CONNECT, ...sizes.map(publish)]);
          const guard = new PacketGuard(20_100);
          for (let at = 0, i = 0; at < stream.length; i++) {
            const n = cuts[i % cuts.length]!;
            expect(guard.take(stream.subarray(at, at + n))).toBeNull();
            at += n;
          }
        },
      ),
    );
  });

  it('refuses a packet by its announcement, even byte by byte', () => {
    const guard = new PacketGuard(1_000);
    expect(guard.take(CONNECT)).toBeNull();
    const header = publish(2_000).subarray(0, 3);
    const answers = [...header].map((byte) => guard.take(Uint8Array.of(byte)));
    expect(answers.filter((a) => a !== null)).toEqual([expect.stringContaining('the limit is 1000')]);
  });

  it('wants CONNECT first, and once', () => {
    expect(new PacketGuard(1_000).take(publish(1))).toContain('not CONNECT');
    const guard = new PacketGuard(1_000);
    expect(guard.take(CONNECT)).toBeNull();
    expect(guard.take(CONNECT)).toContain('second CONNECT');
  });

  it('refuses a length without an end', () => {
    expect(new PacketGuard(1_000).take(Uint8Array.of(0x10, 255, 255, 255, 255))).toContain('malformed');
  });
});
