import { anomalySettings } from '@loadcycle/contract/anomaly-settings';
import { expect, test } from 'vitest';
import { type Age, type Arrival, ageOf, allowedSilenceUs, type Heard, noteArrival } from './arrival.ts';

const S = 1_000_000;
const H = 3600 * S;
const NOW = 1_790_000_000 * S;
const settings = anomalySettings({});
const age = (lastUs: number, offsetUs = 0): Age =>
  ageOf(lastUs, NOW, offsetUs, settings, { clockSkewUs: null });

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
    arrival = noteArrival(arrival, heard, null);
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
  expect(noteArrival(null, one, H)!.patienceUs).toBe(3 * H);
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
    arrival = noteArrival(arrival, { t0Us: lastUs, lastUs, spanUs: 0, receivedAtUs, age: 'live' }, null);
  }
  expect(arrival!.patienceUs).toBe(180 * S);
});

test('what is not live is never waited for, and an import of what was before changes nothing', () => {
  const batch = (lastUs: number, age: Age): Heard => ({
    t0Us: lastUs,
    lastUs,
    spanUs: S,
    receivedAtUs: NOW + 5 * S,
    age,
  });
  expect(noteArrival(null, batch(NOW - 9 * H, 'history'), null)).toBeNull();
  expect(noteArrival(null, batch(NOW + 9 * H, 'ahead'), null)).toBeNull();
  const live = heardEach([S, S, S]);
  expect(noteArrival(live, batch(NOW - 9 * H, 'history'), null)).toBe(live);
  const ahead = noteArrival(live, batch(NOW + 9 * H, 'ahead'), null)!;
  expect(ahead).toMatchObject({ live: false, sampleUs: live.sampleUs });
  expect(noteArrival(ahead, batch(NOW + 5 * S, 'live'), null)).toMatchObject({ live: true });
});

test('the definition has the last word', () => {
  expect(allowedSilenceUs(settings, 90 * S)).toBe(90 * S);
  expect(allowedSilenceUs(settings, null)).toBeNull();
  expect(allowedSilenceUs(anomalySettings({ noDataS: 5 }), null)).toBe(5 * S);
  expect(allowedSilenceUs(anomalySettings({ noDataS: 0 }), 90 * S)).toBeNull();
  expect(allowedSilenceUs(anomalySettings({ enabled: false }), 90 * S)).toBeNull();
});

test('a recording that is played faster than time is not waited for, a backlog is', () => {
  const at = (arrival: Arrival | null, lastUs: number, receivedAtUs: number): Arrival =>
    noteArrival(arrival, { t0Us: lastUs, lastUs, spanUs: S, receivedAtUs, age: 'live' }, null)!;
  let recording: Arrival | null = null;
  for (let i = 0; i < 60; i++) recording = at(recording, NOW - (60 - i) * S, NOW - S + i * 17_000);
  expect(recording!.awaited).toBe(false);
  let backlog: Arrival | null = null;
  for (let i = 0; i < 5; i++) backlog = at(backlog, NOW + i * S, NOW + i * S);
  // away for ten seconds, which come at once
  for (let i = 5; i < 15; i++) backlog = at(backlog, NOW + i * S, NOW + 15 * S + i);
  expect(backlog!.awaited).toBe(true);
});
