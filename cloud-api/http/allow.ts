import type { App } from './endpoint.ts';
import { Refusal } from './refusal.ts';

/** What a path takes, as `Allow` says it: HEAD is where GET is. */
export function methodNotAllowed(methods: readonly string[]): Refusal {
  const allow = methods.flatMap((m) => (m === 'GET' ? ['GET', 'HEAD'] : [m])).join(', ');
  return new Refusal('request.method-not-allowed', `this takes ${allow}`, { headers: { allow } });
}

/** 405 with `Allow` for every other method of a path; its own were registered before. */
export function refuseOtherMethods(app: App, pattern: string, methods: readonly string[]): void {
  app.all(pattern, () => {
    throw methodNotAllowed(methods);
  });
}
