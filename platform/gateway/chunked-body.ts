import { BrokenAnswerError } from './exchange.ts';

/** Longest line between chunks, bytes: a size with extensions, or a trailer. */
const maxLine = 4096;
const sizeLine = /^([0-9a-f]{1,12})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/i;
/** Most bytes of trailers, which are read and dropped. */
const maxTrailers = 16_384;

/** Takes the chunks of a body apart (RFC 9112 7.1). */
export interface ChunkedBody {
  /**
   * Hands the content of the next bytes to `onData`.
   * @returns how many bytes belonged to the body; fewer than given only when it has ended
   * @throws BrokenAnswerError
   */
  read(bytes: Buffer, onData: (content: Buffer) => void): number;
  readonly ended: boolean;
}

export function createChunkedBody(): ChunkedBody {
  let state: 'size' | 'content' | 'after-content' | 'trailer' | 'ended' = 'size';
  let line = '';
  let left = 0;
  let trailers = 0;

  function endLine(): void {
    if (state === 'size') {
      const size = sizeLine.exec(line)?.[1];
      if (size === undefined) throw new BrokenAnswerError('a chunk has no size');
      left = Number.parseInt(size, 16);
      state = left === 0 ? 'trailer' : 'content';
    } else if (state === 'after-content') {
      if (line !== '') throw new BrokenAnswerError('a chunk is longer than its size');
      state = 'size';
    } else if (line === '') {
      state = 'ended';
    } else {
      trailers += line.length;
      if (trailers > maxTrailers) throw new BrokenAnswerError('the trailers do not end');
    }
    line = '';
  }

  return {
    get ended() {
      return state === 'ended';
    },
    read(bytes, onData) {
      let at = 0;
      while (at < bytes.length && state !== 'ended') {
        if (state === 'content') {
          const end = Math.min(bytes.length, at + left);
          left -= end - at;
          if (left === 0) state = 'after-content';
          onData(bytes.subarray(at, end));
          at = end;
          continue;
        }
        const newline = bytes.indexOf(10, at);
        const end = newline === -1 ? bytes.length : newline + 1;
        line += bytes.toString('latin1', at, end);
        at = end;
        if (line.length > maxLine) throw new BrokenAnswerError('a line between chunks does not end');
        if (newline === -1) continue;
        if (!line.endsWith('\r\n')) throw new BrokenAnswerError('a line between chunks ends without CR');
        line = line.slice(0, -2);
        endLine();
      }
      return at;
    },
  };
}
