import { describe, expect, it } from 'vitest';
import { createChunkedBody } from './chunked-body.ts';
import { BrokenAnswerError } from './exchange.ts';

/** Reads in pieces of the given size. */
function read(text: string, pieceSize: number) {
  const body = createChunkedBody();
  const bytes = Buffer.from(text, 'latin1');
  let content = '';
  let used = 0;
  for (let at = 0; at < bytes.length && !body.ended; at += pieceSize)
    used += body.read(bytes.subarray(at, at + pieceSize), (part) => {
      content += part.toString('latin1');
    });
  return { content, used, ended: body.ended };
}

const whole = '4\r\nWiki\r\n6;x=1\r\n\r\npedi\r\n0\r\nx-trailer: dropped\r\n\r\n';

describe('a chunked body', () => {
  it.each([1, 2, 3, 7, 1000])('reads the same in pieces of %d bytes', (pieceSize) => {
    expect(read(whole, pieceSize)).toEqual({ content: 'Wiki\r\npedi', used: whole.length, ended: true });
  });

  it('leaves alone what follows it', () => {
    expect(read(`${whole}HTTP/1.1 200 OK`, 1000).used).toBe(whole.length);
  });

  it('has not ended before its last line', () => {
    expect(read('4\r\nWiki\r\n0\r\n', 1000)).toEqual({ content: 'Wiki', used: 12, ended: false });
  });

  it.each(['\r\n', '-1\r\n', '0x4\r\n', '4\nWiki', '4\r\nWikipedia\r\n', 'g\r\n', `1${'0'.repeat(5000)}`])(
    'is refused when it is not one: %j',
    (text) => {
      expect(() => read(text, 1000)).toThrow(BrokenAnswerError);
    },
  );
});
