/**
 * validation: what each sample is worth. A library: landing runs it on every batch, `POST /v1/validate` on a message
 * that somebody asks about.
 *
 * What always holds: all of it is pure; no sample is changed or dropped, each gets a quality (contract/quality.ts); a
 * batch's quality depends on the batch, the definition, when it was received and, where it is known, the end of the
 * batch before it, and on nothing else. Whether that end was known depends on the order of arrival; `revalidateRows`
 * over stored rows in time order does not, and is what counts in the end.
 */
export * from './clock.ts';
export * from './inspect.ts';
export * from './revalidate.ts';
export * from './rules.ts';
export * from './validate.ts';
