/**
 * A time as a literal in SQL (COPY takes no parameters, and a constant lets the planner leave out chunks). The
 * argument is a number, and only digits come out.
 */
export function timeLiteral(us: number): string {
  if (!Number.isSafeInteger(us)) throw new RangeError(`${us} is no time in µs`);
  const seconds = Math.floor(us / 1e6);
  const rest = us - seconds * 1e6;
  return `timestamptz '${new Date(seconds * 1000).toISOString().slice(0, 19)}.${String(rest).padStart(6, '0')}Z'`;
}

export function integerLiteral(n: number): string {
  if (!Number.isSafeInteger(n)) throw new RangeError(`${n} is no integer`);
  return String(n);
}
