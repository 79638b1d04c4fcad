import { fileURLToPath } from 'node:url';
import { refuseOtherMethods } from './http/allow.ts';
import { mountDocuments } from './http/documents.ts';
import type { App } from './http/endpoint.ts';
import { mountFolder } from './http/static.ts';

const packageFolder = (file: string): string => fileURLToPath(new URL('./', import.meta.resolve(file)));
const ownFolder = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The document, the reference page, the dashboard, and the packages that the two load: all from this server. */
export function mountPages(app: App): void {
  mountDocuments(app);
  mountFolder(app, '/vendor/uplot', packageFolder('uplot/dist/uPlot.esm.js'));
  mountFolder(app, '/vendor/swagger-ui', packageFolder('swagger-ui-dist/swagger-ui-bundle.js'));
  mountFolder(app, '/docs', ownFolder('./reference/'));
  app.get('/docs', (c) => c.redirect('/docs/'));
  refuseOtherMethods(app, '/docs', ['GET']);
  mountFolder(app, '', ownFolder('./dashboard/'));
}
