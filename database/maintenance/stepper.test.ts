import { expect, test } from 'vitest';
import { Stepper } from './stepper.ts';

test('steps grow with what they take of the connection, not with what they wait for it', async () => {
  const stepper = new Stepper(60, 1, 10_000, 150);
  for (let i = 0; i < 5; i++) await stepper.step(async () => 20);
  expect(stepper.size).toBe(1_920);
  // what each step costs whatever its size makes none smaller
  for (let i = 0; i < 50; i++) await stepper.step(async () => 200 + stepper.size / 100);
  expect(stepper.size).toBeGreaterThan(1_000);
  for (let i = 0; i < 50; i++) await stepper.step(async () => stepper.size);
  expect(stepper.size).toBeLessThanOrEqual(600);
});
