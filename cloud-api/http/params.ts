import { z } from '@hono/zod-openapi';
import { NAME_PATTERN } from '@loadcycle/contract';
import { isZone } from '@loadcycle/contract/moment';

export const NameSchema = z
  .string()
  .regex(NAME_PATTERN, 'lower-case letters, digits, - and _, 1 to 64 characters')
  .openapi({ example: 'motor1' });

const pathName = (name: string, example: string) =>
  NameSchema.openapi({ param: { name, in: 'path' }, example });

export const SiteParams = z.object({ site: pathName('site', 'plant1') });
export const DeviceParams = SiteParams.extend({ device: pathName('device', 'motor1') });
export const SignalParams = DeviceParams.extend({ signal: pathName('signal', 'motor-voltage') });

/** An integer in a query: digits only, so that `1e3`, ` 7` and `` are mistakes. */
export const integerParam = (description: string, min: number, max: number) =>
  z
    .string()
    .regex(/^-?\d{1,16}$/, 'an integer')
    .transform(Number)
    .pipe(z.int().min(min).max(max))
    .openapi({ type: 'integer', minimum: min, maximum: max, description });

export const numberParam = (description: string) =>
  z
    .string()
    .regex(/^-?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i, 'a number')
    .transform(Number)
    .pipe(z.number())
    .openapi({ type: 'number', description });

export const IdParams = z.object({
  id: z
    .string()
    .regex(/^\d{1,15}$/, 'an id')
    .transform(Number)
    .openapi({
      type: 'integer',
      minimum: 0,
      maximum: 999_999_999_999_999,
      param: { name: 'id', in: 'path' },
      example: 1,
    }),
});

/** Read by `bucketUsOf`. */
export const bucketParam = (description: string, example: string) =>
  z.string().max(32).openapi({ description, example });

export const cursorParam = z.string().min(1).max(512).openapi({
  description:
    'Opaque: `next` of the answer before. It stays right while data arrive; the range stays that of the first page',
});

const time = (description: string) =>
  z.string().min(1).max(64).openapi({ description, example: '2026-11-24T10:00:00.000000Z' });

export const zoneParam = z.string().max(64).refine(isZone, { message: 'not an IANA time zone' }).openapi({
  description:
    'IANA time zone: of `from` and `to` without an offset, and of buckets; times in answers are UTC',
  example: 'Europe/Berlin',
});

export const rangeQuery = {
  from: time('Start, inclusive: a date and time, `now`, or a duration before now as `-15m`').optional(),
  to: time('End, exclusive; now where it is absent').optional(),
  tz: zoneParam.optional(),
};

export const unitParam = z
  .string()
  .min(1)
  .max(32)
  .regex(/^[!-~]+$/, 'a UCUM code')
  .openapi({
    description:
      "UCUM code that the numbers are answered in; the signal's own unit where it is absent. It must measure the same",
    example: 'kV',
  });

export interface Range {
  readonly fromUs: number;
  readonly toUs: number;
}
