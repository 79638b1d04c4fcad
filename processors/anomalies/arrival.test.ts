import { anomalySettings } from '@loadcycle/contract/anomaly-settings';
import { expect, test } from 'vitest';
import { type Age, type Arrival, ageOf, allowedSilenceUs, type Heard, noteArrival } from './arrival.ts';

const S = 1_000_000;
const H = 3600 * S;
const NOW = 1_790_000_000 * S;
const settings = anomalySettings({});
const age = (lastUs: number, offsetUs = 0): Age =>
  ageOf(NOW + offsetUs - lastUs, settings, { clockSkewUs: null });

/** A batch as a device with a right clock sends it. */
function note(before: Arrival | null, o: Omit<Heard, 'lagUs'>, expectedPeriodUs: number | null = null) {
  return noteArrival(before, { ...o, lagUs: o.receivedAtUs - o.lastUs }, expectedPeriodUs);
}

/** One sample each `periodUs`, each heard a second after it was taken. */
function heardEach(periodsUs: readonly number[], more: Partial<Heard> = {}): Arrival {
  let arrival: Arrival | null = null;
  let atUs = NOW;
  for (const periodUs of [0, ...periodsUs]) {
    atUs += periodUs;
    const heard = {
      t0Us: atUs,
      lastUs: atUs,
      spanUs: 0,
      receivedAtUs: atUs + S,
      age: 'live' as const,
      ...more,
    };
    arrival = note(arrival, heard);
  }
  return arrival!;
}

test("a batch is live, history or ahead by the device's own clock", () => {
  expect(age(NOW - S)).toBe('live');
  expect(age(NOW - 2 * H)).toBe('history');
  expect(age(NOW + 20 * H)).toBe('ahead');
  // a clock that is 20 h ahead tells of now when its samples are
  expect(age(NOW + 20 * H, 20 * H)).toBe('live');
  expect(age(NOW, 20 * H)).toBe('history');
});

test('patience follows from the period, whatever it is', () => {
  const patience = (periodUs: number, count = 10) => heardEach(Array(count).fill(periodUs)).patienceUs;
  expect(patience(S)).toBe(60 * S);
  expect(patience(60 * S)).toBe(180 * S);
  expect(patience(24 * H)).toBe(72 * H);
  // a period that nobody knows yet is no reason for an alarm, unless a batch or the catalogue says it
  expect(patience(H, 2)).toBeNull();
  expect(heardEach([], { spanUs: H }).patienceUs).toBe(3 * H);
  const one = { t0Us: NOW, lastUs: NOW, spanUs: 0, receivedAtUs: NOW, age: 'live' as const };
  expect(note(null, one, H)!.patienceUs).toBe(3 * H);
});

test('one gap teaches nothing, the second of the same does, and a burst of what was held up neither', () => {
  const minutes = Array(12).fill(60 * S);
  expect(heardEach([...minutes, 8 * 60 * S]).patienceUs).toBe(180 * S);
  expect(heardEach([...minutes, 8 * 60 * S, 60 * S, 8 * 60 * S]).patienceUs).toBe(600 * S);
  let arrival: Arrival | null = heardEach(minutes);
  const { sampleUs } = arrival!;
  for (let i = 1; i <= 20; i++) {
    const lastUs = sampleUs + i * 60 * S;
    const receivedAtUs = sampleUs + 1200 * S + i;
    arrival = note(arrival, { t0Us: lastUs, lastUs, spanUs: 0, receivedAtUs, age: 'live' });
  }
  expect(arrival!.patienceUs).toBe(180 * S);
});

test('what is not live is never waited for, and an import of what was before changes nothing', () => {
  const batch = (lastUs: number, age: Age): Omit<Heard, 'lagUs'> => ({
    t0Us: lastUs,
    lastUs,
    spanUs: S,
    receivedAtUs: NOW + 5 * S,
    age,
  });
  expect(note(null, batch(NOW - 9 * H, 'history'))).toBeNull();
  expect(note(null, batch(NOW + 9 * H, 'ahead'))).toBeNull();
  const live = heardEach([S, S, S]);
  expect(note(live, batch(NOW - 9 * H, 'history'))).toBe(live);
  const ahead = note(live, batch(NOW + 9 * H, 'ahead'))!;
  expect(ahead).toMatchObject({ live: false, sampleUs: live.sampleUs });
  expect(note(ahead, batch(NOW + 5 * S, 'live'))).toMatchObject({ live: true });
});

test('the definition has the last word', () => {
  expect(allowedSilenceUs(settings, 90 * S)).toBe(90 * S);
  expect(allowedSilenceUs(settings, null)).toBeNull();
  expect(allowedSilenceUs(anomalySettings({ noDataS: 5 }), null)).toBe(5 * S);
  expect(allowedSilenceUs(anomalySettings({ noDataS: 0 }), 90 * S)).toBeNull();
  expect(allowedSilenceUs(anomalySettings({ enabled: false }), 90 * S)).toBeNull();
});

/** What seconds of samples that end at `lastUs` tell of when they come at these times. */
function present(from: Arrival | null, came: readonly (readonly [lastUs: number, receivedAtUs: number])[]) {
  let arrival = from;
  const told = came.map(([lastUs, receivedAtUs]) => {
    arrival = note(arrival, { t0Us: lastUs - S, lastUs, spanUs: S, receivedAtUs, age: 'live' });
    return arrival!.presentFromUs !== null;
  });
  return { arrival, told };
}
const each = (count: number, at: (i: number) => readonly [number, number]) =>
  Array.from({ length: count }, (_, i) => at(i));

test('a recording that is played faster than time tells of nothing that is, from its first sample on', () => {
  const { told } = present(
    null,
    each(600, (i) => [NOW - (600 - i) * S, NOW - 10 * S + i * 16_667]),
  );
  expect(told).not.toContain(true);
  // one that stops for half a minute on its way
  const stalls = each(
    600,
    (i) => [NOW - (600 - i) * S, NOW - 40 * S + i * 16_667 + (i < 300 ? 0 : 30 * S)] as const,
  );
  expect(present(null, stalls).told).not.toContain(true);
  // onto a signal that was live until then
  const live = present(
    null,
    each(60, (i) => [NOW - (3000 - i) * S, NOW - (3000 - i) * S]),
  ).arrival;
  const again = present(
    live,
    each(1200, (i) => [NOW - (1200 - i) * S, NOW - 20 * S + i * 16_667]),
  );
  expect(again.told).not.toContain(true);
  // what is measured after it does, from there on
  const after = present(
    again.arrival,
    each(200, (i) => [NOW + (i + 1) * S, NOW + (i + 1) * S]),
  );
  expect(after.told.at(-1)).toBe(true);
  expect(after.arrival!.presentFromUs).toBeGreaterThan(NOW);
});

test('a backlog tells of the present however long it is, and so does who sends a burst now and then', () => {
  const live = present(
    null,
    each(5, (i) => [NOW + i * S, NOW + i * S]),
  ).arrival;
  // away for forty minutes, which come within some seconds
  const backlog = each(2400, (i) => [NOW + (5 + i) * S, NOW + 2405 * S + i * 1000] as const);
  expect(present(live, backlog).told).not.toContain(false);
  // five minutes at a time
  const bursts = each(
    1500,
    (i) => [NOW + i * S, NOW + 300 * S * (1 + Math.floor(i / 300)) + (i % 300) * 1000] as const,
  );
  expect(present(null, bursts).told.slice(600)).not.toContain(false);
});
