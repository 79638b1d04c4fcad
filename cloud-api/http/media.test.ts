import { describe, expect, it } from 'vitest';
import { essence, negotiate } from './media.ts';

const PRODUCES = ['application/json', 'text/csv', 'application/x-ndjson'];

describe('negotiation', () => {
  it.each([
    [undefined, 'application/json'],
    ['', 'application/json'],
    ['*/*', 'application/json'],
    ['text/csv', 'text/csv'],
    ['TEXT/CSV', 'text/csv'],
    ['text/*', 'text/csv'],
    ['text/csv;q=0.5, application/json;q=0.4', 'text/csv'],
    ['application/json;q=0, */*;q=0.1', 'text/csv'],
    ['application/*;q=0.9, text/csv', 'text/csv'],
    ['text/html, application/xhtml+xml, */*;q=0.8', 'application/json'],
    ['text/csv; charset=utf-8', 'text/csv'],
  ])('%s → %s', (header, expected) => {
    expect(negotiate(header, PRODUCES)).toBe(expected);
  });

  it.each(['text/html', '*/*;q=0', 'application/json;q=x', ';;', 'text'])('%s → 406', (header) => {
    expect(() => negotiate(header, PRODUCES)).toThrow(
      expect.objectContaining({ code: 'request.not-acceptable' }),
    );
  });

  it('reads a media type without its parameters', () => {
    expect(essence('Application/JSON; charset=utf-8')).toBe('application/json');
    expect(essence(undefined)).toBe('');
  });
});
