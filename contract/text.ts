import { z } from 'zod';
import { isText } from './names.ts';

/** A text of a device: of at most so many characters, without what PostgreSQL could not keep. */
export const deviceText = (max: number) =>
  z.string().max(max).refine(isText, 'must be well-formed Unicode without NUL');

/** The same as far as it can be kept, where the message counts more than its text: longer text is cut, NUL replaced. */
export const keptText = (max: number) =>
  z.string().transform((s) => s.slice(0, max).replaceAll('\0', '\uFFFD').toWellFormed());
