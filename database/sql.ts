/** Pieces of SQL that are easy to get subtly wrong. Times are integer µs since the epoch on our side. */

/**
 * Expression that gives a timestamptz as exact integer µs since the epoch: `extract` answers numeric, so that
 * nothing passes through a float.
 */
export function us(column: string): string {
  return `(extract(epoch from ${column}) * 1000000)::bigint`;
}

/** Expression that gives a timestamptz as RFC 3339 in UTC with microseconds, as `formatUs` does; year 1 to 9999. */
export function rfc3339(column: string): string {
  return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}

/**
 * Expression that turns a parameter (or any bigint expression) of µs into a timestamptz. Exact up to 2^53 µs (the
 * year 2255): an interval of one microsecond is multiplied as a float, whose product is a whole number.
 */
export function ts(expression: string): string {
  return `(timestamptz 'epoch' + interval '1 microsecond' * (${expression})::bigint)`;
}

/** An identifier, quoted; `schema.table` is quoted by parts. */
export function ident(name: string): string {
  return name
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.');
}

/** A text literal, quoted. */
export function literal(text: string): string {
  return text.includes('\\')
    ? ` E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
    : `'${text.replaceAll("'", "''")}'`;
}
