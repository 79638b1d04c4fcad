import { expect, it } from 'vitest';
import { nearNames } from './near.ts';

const NAMES = ['motor-voltage', 'motor-current', 'oil-pressure', 'temperature', 'speed'];

it.each([
  ['motor-votlage', ['motor-voltage']],
  ['Motor_Voltage', ['motor-voltage']],
  ['motor', ['motor-current', 'motor-voltage']],
  ['temprature', ['temperature']],
  ['sped', ['speed']],
  ['humidity', []],
])('%s may mean %j', (word, names) => {
  expect(nearNames(word, NAMES)).toEqual(names);
});
