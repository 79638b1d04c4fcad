import { z } from 'zod';
import { isText } from './names.ts';

/** A text of a device: of at most so many characters, without what PostgreSQL could not keep. */
export const deviceText = (max: number) =>
  z.string().max(max).refine(isText, 'must be well-formed Unicode without NUL');

/** Text of a stranger as PostgreSQL can keep it: cut to so many characters, NUL and half surrogates replaced. */
export const keptOf = (text: string, max: number): string =>
  text.slice(0, max).replaceAll('\0', '\uFFFD').toWellFormed();

/** The same as a field, where the message counts more than its text. */
export const keptText = (max: number) => z.string().transform((s) => keptOf(s, max));
