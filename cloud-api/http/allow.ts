import type { App, AppContext } from './endpoint.ts';
import { Refusal } from './refusal.ts';

/** What a path takes, as `Allow` says it: HEAD is where GET is. */
export function methodNotAllowed(methods: readonly string[]): Refusal {
  const allow = methods.flatMap((m) => (m === 'GET' ? ['GET', 'HEAD'] : [m])).join(', ');
  return new Refusal('request.method-not-allowed', `this takes ${allow}`, { headers: { allow } });
}

/** 405 with `Allow` for every other method of a path; its own were registered before. `admit` refuses who may not ask. */
export function refuseOtherMethods(
  app: App,
  pattern: string,
  methods: readonly string[],
  admit?: (c: AppContext) => Promise<void>,
): void {
  app.all(pattern, async (c) => {
    await admit?.(c);
    throw methodNotAllowed(methods);
  });
}
