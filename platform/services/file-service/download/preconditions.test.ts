import { describe, expect, it } from 'vitest';
import { type ConditionalHeaders, evaluatePreconditions } from './preconditions.ts';

const etag = '"abc"';
const day = (hour: number) => `Thu, 01 Jan 2026 ${String(hour).padStart(2, '0')}:00:00 GMT`;
const validators = { etag, modifiedS: Date.parse('2026-01-01T12:00:00Z') / 1000 };
const outcome = (headers: ConditionalHeaders) => {
  const found = evaluatePreconditions(headers, validators);
  return found.kind === 'proceed' ? found.useRange : found.kind;
};

describe('a download with', () => {
  it.each<[string, ConditionalHeaders, string | boolean]>([
    ['no condition', {}, true],
    ['If-None-Match of its tag', { 'if-none-match': etag }, 'unchanged'],
    ['If-None-Match of its tag as a weak one', { 'if-none-match': 'W/"abc"' }, 'unchanged'],
    ['If-None-Match of a list with its tag', { 'if-none-match': '"x", W/"y",\t"abc"' }, 'unchanged'],
    ['If-None-Match of a tag with a comma', { 'if-none-match': '"x,abc"' }, true],
    ['If-None-Match of anything', { 'if-none-match': '*' }, 'unchanged'],
    ['If-None-Match of another tag', { 'if-none-match': '"x"' }, true],
    ['If-None-Match without quotes', { 'if-none-match': 'abc' }, true],
    ['If-Match of its tag', { 'if-match': etag }, true],
    ['If-Match of a list with its tag', { 'if-match': '"x", "abc"' }, true],
    ['If-Match of anything', { 'if-match': '*' }, true],
    ['If-Match of another tag', { 'if-match': '"nope"' }, 'failed'],
    ['If-Match of its tag as a weak one', { 'if-match': 'W/"abc"' }, 'failed'],
    ['If-Match and If-None-Match of its tag', { 'if-match': etag, 'if-none-match': etag }, 'unchanged'],
    ['a failed If-Match beside If-None-Match', { 'if-match': '"x"', 'if-none-match': etag }, 'failed'],
    ['If-Modified-Since its time', { 'if-modified-since': day(12) }, 'unchanged'],
    ['If-Modified-Since an earlier time', { 'if-modified-since': day(11) }, true],
    [
      'If-Modified-Since in the format of RFC 850',
      { 'if-modified-since': 'Thursday, 01-Jan-26 12:00:00 GMT' },
      'unchanged',
    ],
    [
      'If-Modified-Since in the format of asctime',
      { 'if-modified-since': 'Thu Jan  1 12:00:00 2026' },
      'unchanged',
    ],
    ['If-Modified-Since of no HTTP date', { 'if-modified-since': '2030' }, true],
    ['If-Modified-Since beside another tag', { 'if-modified-since': day(13), 'if-none-match': '"x"' }, true],
    ['If-Unmodified-Since an earlier time', { 'if-unmodified-since': day(11) }, 'failed'],
    ['If-Unmodified-Since its time', { 'if-unmodified-since': day(12) }, true],
    ['If-Unmodified-Since beside its tag', { 'if-unmodified-since': day(11), 'if-match': etag }, true],
    ['If-Range of its tag', { 'if-range': etag }, true],
    ['If-Range of its tag as a weak one', { 'if-range': 'W/"abc"' }, false],
    ['If-Range of another tag', { 'if-range': '"x"' }, false],
    ['If-Range of its time', { 'if-range': day(12) }, true],
    ['If-Range of another time', { 'if-range': day(13) }, false],
  ])('%s is decided as in RFC 9110', (_name, headers, expected) => {
    expect(outcome(headers)).toBe(expected);
  });
});
