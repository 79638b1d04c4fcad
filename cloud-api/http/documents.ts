import { SCOPES } from '../auth/principal.ts';
import { refuseOtherMethods } from './allow.ts';
import type { App } from './endpoint.ts';
import { json } from './respond.ts';

const ABOUT = `Loadcycle carries measurements of machines to a time-series store, cuts them into load cycles and serves both.

Everything under \`/v1\` wants \`Authorization: Bearer <token>\`; \`POST /oauth/token\` gives one for a client's id and
secret. Times are RFC 3339 with microseconds; in queries also \`now\` and durations before now (\`-15m\`). Errors are
RFC 9457 problems with stable types. Changing requests take an \`Idempotency-Key\`.`;

/** The OpenAPI document, made once from the schemas that validate. */
export function documentOfApi(app: App): object {
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: `Scopes: ${SCOPES.join(', ')}. admin includes the others.`,
  });
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Loadcycle API',
      version: '1.0.0',
      description: ABOUT,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } as never,
    },
    servers: [{ url: '/', description: 'This server' }],
    tags: [
      { name: 'Access', description: 'Tokens and keys' },
      { name: 'Catalogue', description: 'Sites, devices and signals' },
      { name: 'Samples', description: 'Raw samples and their rollups' },
      { name: 'Cycles', description: 'Load cycles and their metrics' },
      { name: 'Anomalies', description: 'What was out of line' },
      { name: 'Dead letters', description: 'Messages that did not pass, and their way out' },
      { name: 'Analysis', description: 'The pure functions of the pipeline, on what is sent' },
      { name: 'Live', description: 'What happens, as it happens' },
      { name: 'Pipeline', description: 'What moves, and how fast' },
      { name: 'Control', description: 'Commands to devices' },
      { name: 'Health', description: 'Alive and ready' },
    ],
  });
}

export function mountDocuments(app: App): void {
  const document = documentOfApi(app);
  app.get('/openapi.json', (c) => {
    c.set('route', 'GET /openapi.json');
    c.set('vary', ['Accept-Encoding']);
    return json(c, document);
  });
  refuseOtherMethods(app, '/openapi.json', ['GET']);
}
