/**
 * `node client/generate.ts [URL]`: makes `schema.generated.ts` from the OpenAPI document of a running API, so that the
 * client's types are the server's own. A test fails where the two differ.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import openapiTS, { astToString } from 'openapi-typescript';

export const GENERATED = join(import.meta.dirname, 'schema.generated.ts');

/** OpenAPI document → TypeScript. Not `immutable`: openapi-fetch's answers take readonly arrays apart. */
export async function typesOf(document: object): Promise<string> {
  const ast = await openapiTS(structuredClone(document) as never, { alphabetize: true });
  return `// Made by client/generate.ts from the API's OpenAPI document. Do not edit.\n\n${astToString(ast)}`;
}

if (import.meta.main) {
  const url = new URL('/openapi.json', process.argv[2] ?? 'http://127.0.0.1:8080');
  const document = (await (await fetch(url)).json()) as object;
  writeFileSync(GENERATED, await typesOf(document));
  console.log(`${GENERATED} from ${url}`);
}
