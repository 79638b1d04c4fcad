/**
 * What does something to a terminal, or to the order in which it shows text: control characters (C0 but for tab and
 * line feed, DEL, C1), line and paragraph separators, and the marks of bidirectional text.
 */
const ACTIVE = /(?![\t\n])[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|\p{Cs}/gu;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Text of a stranger (a payload, a name, a unit, an error) as it may go to a terminal: what is active is spelt out. */
export const printable = (text: string): string => text.replace(ACTIVE, escaped);

/** The same for what must stay in one line. */
export const printableLine = (text: string): string =>
  printable(text).replaceAll('\n', '\\n').replaceAll('\t', '\\t');

/** JSON that is also harmless on a terminal: the same value, as only texts and names can hold what is active. */
export const printableJson = (value: unknown): string => printable(JSON.stringify(value));
