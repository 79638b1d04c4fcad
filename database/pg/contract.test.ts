import { databaseContract } from '../contract-suite.ts';
import { openPg } from './index.ts';
import { startPostgres } from './test-server.ts';

databaseContract('pg, PostgreSQL of this machine', async () => {
  const server = await startPostgres();
  if (typeof server === 'string') return server;
  const db = await openPg({ url: server.url, poolSize: 3 });
  return {
    db,
    close: async () => {
      await db.close();
      await server.stop();
    },
  };
});
