import { readFileSync } from 'node:fs';
import { GENERATED, typesOf } from '@loadcycle/client/generate';
import { expect, it } from 'vitest';
import { openTestApi } from './api-support.ts';

it("the client's types are those of the API's own document", async () => {
  const api = await openTestApi();
  try {
    const document = (await (await fetch(new URL('/openapi.json', api.url))).json()) as object;
    const kept = readFileSync(GENERATED, 'utf8');
    // `node client/generate.ts URL` of a running system makes them anew
    expect(kept === (await typesOf(document)), 'run `node client/generate.ts URL`').toBe(true);
  } finally {
    await api.close();
  }
});
