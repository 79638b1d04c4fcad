import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitStatements } from './statements.ts';

test.each([
  ['SELECT 1; SELECT 2', ['SELECT 1', 'SELECT 2']],
  ['SELECT \';\'; SELECT ";"', ["SELECT ';'", 'SELECT ";"']],
  ["SELECT E'\\';'; SELECT 2", ["SELECT E'\\';'", 'SELECT 2']],
  ["SELECT 'it''s;'", ["SELECT 'it''s;'"]],
  ['DO $$ BEGIN; END $$; SELECT $1', ['DO $$ BEGIN; END $$', 'SELECT $1']],
  ['DO $x$ $$;$$ $x$;', ['DO $x$ $$;$$ $x$']],
  ['-- a;b\nSELECT 1; /* ; */ -- end', ['-- a;b\nSELECT 1']],
  [';;', []],
])('%j', (script, statements) => {
  expect(splitStatements(script)).toEqual(statements);
});

test('quoted text never cuts', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1 }), (texts) => {
      const statements = texts.map((t) => `SELECT '${t.replaceAll("'", "''")}'`);
      expect(splitStatements(statements.join(';'))).toEqual(statements);
    }),
  );
});
