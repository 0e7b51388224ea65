import { describe, expect, it } from 'vitest';
import { parseAnswerHead } from './answer-head.ts';
import { BrokenAnswerError } from './exchange.ts';

const head = (...lines: string[]) => lines.join('\r\n');

describe('the head of an answer', () => {
  it('gives status, headers as sent with names in lower case, and the length of the body', () => {
    const text = head('HTTP/1.1 200 OK', 'Content-Length: 12', 'X-A:  one ', 'x-a: two', 'X-Empty:');
    expect(parseAnswerHead(text, 'GET')).toEqual({
      status: 200,
      headers: ['content-length', '12', 'x-a', 'one', 'x-a', 'two', 'x-empty', ''],
      framing: 'length',
      length: 12,
      reusable: true,
      keepAliveS: undefined,
    });
  });

  it.each([
    ['HEAD', head('HTTP/1.1 200 OK', 'content-length: 5'), 'none'],
    ['GET', head('HTTP/1.1 204 No Content'), 'none'],
    ['GET', head('HTTP/1.1 304 Not Modified', 'content-length: 5'), 'none'],
    ['GET', head('HTTP/1.1 200', 'content-length: 0'), 'none'],
    ['GET', head('HTTP/1.1 200 OK', 'Transfer-Encoding: Chunked'), 'chunked'],
    ['GET', head('HTTP/1.1 200 OK'), 'close'],
  ])('to %s %j has a body framed by: %s', (method, text, framing) => {
    expect(parseAnswerHead(text, method).framing).toBe(framing);
  });

  it.each([
    [head('HTTP/1.1 200 OK', 'content-length: 1', 'connection: close'), false],
    [head('HTTP/1.0 200 OK', 'content-length: 1'), false],
    [head('HTTP/1.1 200 OK'), false],
    [head('HTTP/1.1 200 OK', 'content-length: 1', 'connection: keep-alive'), true],
  ])('%j leaves the connection reusable: %s', (text, reusable) => {
    expect(parseAnswerHead(text, 'GET').reusable).toBe(reusable);
  });

  it('tells how long the service keeps the connection', () => {
    const text = head('HTTP/1.1 200 OK', 'content-length: 1', 'keep-alive: timeout=72, max=9');
    expect(parseAnswerHead(text, 'GET').keepAliveS).toBe(72);
  });

  it.each([
    'HTTP/2 200',
    'HTTP/1.1 2000 OK',
    '',
    head('HTTP/1.1 200 OK', 'no colon'),
    head('HTTP/1.1 200 OK', 'x-a : 1'),
    head('HTTP/1.1 200 OK', ' folded: 1'),
    head('HTTP/1.1 200 OK', 'x-a: 1\nx-b: 2'),
    head('HTTP/1.1 200 OK', 'x-a: \u0000'),
    head('HTTP/1.1 200 OK', 'content-length: 1', 'content-length: 1'),
    head('HTTP/1.1 200 OK', 'content-length: +1'),
    head('HTTP/1.1 200 OK', 'content-length: 1', 'transfer-encoding: chunked'),
    head('HTTP/1.1 200 OK', 'transfer-encoding: gzip, chunked'),
  ])('is refused when two readers could differ about it: %j', (text) => {
    expect(() => parseAnswerHead(text, 'GET')).toThrow(BrokenAnswerError);
  });
});
