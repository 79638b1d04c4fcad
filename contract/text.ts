import { z } from 'zod';
import { isText } from './names.ts';

/** A text of a device: of at most so many characters, without what PostgreSQL could not keep. */
export const deviceText = (max: number) =>
  z.string().max(max).refine(isText, 'must be well-formed Unicode without NUL');
