import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '../observe/log.ts';
import { type Clock, systemClock } from '../service/clock.ts';
import { answerBrokenRequest } from './broken-request.ts';
import { isArriving } from './discard-rest.ts';

/** How slowly a request may arrive. */
export interface PaceLimits {
  /** Most time for the head of a request, milliseconds. */
  headMs: number;
  /**
   * Most time for a whole body, milliseconds; uploads are measured anew in every such period. Looked at three times
   * in it, so that it is kept to within a third.
   */
  bodyMs: number;
  /** Bytes that have to arrive of an upload in one period, per second. */
  uploadBytesPerSecond: number;
}

/** An upload may take as long as it likes at no less than 64 kbit/s, which the slowest lines in use can do. */
export const paceLimits: PaceLimits = { headMs: 30_000, bodyMs: 30_000, uploadBytesPerSecond: 8 * 1024 };

/** Looks at a body in one period. */
const looks = 3;

/** The longest that a body of so many bytes can arrive, milliseconds, when nobody hangs up on it. */
export function longestUploadMs(bytes: number, limits: PaceLimits = paceLimits): number {
  return Math.ceil((bytes / limits.uploadBytesPerSecond) * 1_000) + 2 * limits.bodyMs;
}

export interface PaceOptions {
  /** Default `paceLimits`. */
  limits?: PaceLimits;
  /** Default the machine's own. */
  clock?: Pick<Clock, 'every'>;
}

export interface BodyPace {
  /** Follows a request from its head on, when it has a body that is still arriving. */
  watch(request: IncomingMessage, response: ServerResponse, options: { upload: boolean }): void;
  /** Stops following it; one that is never forgotten is dropped once it has arrived or broken off. */
  forget(request: IncomingMessage): void;
  close(): void;
}

interface Watched {
  response: ServerResponse;
  upload: boolean;
  looksLeft: number;
  /** Bytes of the connection when the period began. */
  bytesBefore: number;
}

/**
 * Hangs up on bodies that arrive too slowly, with 408 where nothing has been answered yet. Node's own limit is one
 * for the whole server and for the whole request, however many bytes flow: it would end every large upload over a
 * slow line. Here a body has `bodyMs`, and an upload has as much again whenever enough bytes have come meanwhile,
 * so that holding a connection open costs whoever does it a line of that speed. A service that does not read what
 * has come is no fault of its client.
 *
 * One timer looks at all requests: a timer for each would cost every request.
 */
export function createBodyPace(options: PaceOptions & { log: Log }): BodyPace {
  const { limits = paceLimits, log, clock = systemClock } = options;
  const enough = (limits.uploadBytesPerSecond * limits.bodyMs) / 1_000;
  const watched = new Map<IncomingMessage, Watched>();
  let stop: (() => void) | undefined;

  function isKeepingUp(request: IncomingMessage, { upload, bytesBefore }: Watched): boolean {
    if (!upload) return false;
    return request.readableLength > 0 || request.socket.bytesRead - bytesBefore >= enough;
  }

  function look(): void {
    for (const [request, state] of watched) {
      if (!isArriving(request)) {
        watched.delete(request);
      } else if (state.looksLeft > 0) {
        state.looksLeft -= 1;
      } else if (isKeepingUp(request, state)) {
        state.looksLeft = looks - 1;
        state.bytesBefore = request.socket.bytesRead;
      } else {
        watched.delete(request);
        log.info({ method: request.method, upload: state.upload }, 'a body arrived too slowly');
        hangUp(request, state.response);
      }
    }
  }

  return {
    watch(request, response, { upload }) {
      if (!isArriving(request)) return;
      stop ??= clock.every(limits.bodyMs / looks, look);
      // One look more than the period has: the first comes at any time after the head.
      watched.set(request, { response, upload, looksLeft: looks, bytesBefore: request.socket.bytesRead });
    },
    forget: (request) => void watched.delete(request),
    close: () => stop?.(),
  };
}

function hangUp({ socket }: IncomingMessage, response: ServerResponse): void {
  const late = Object.assign(new Error('The body arrived too slowly'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
  // In the middle of an answer, another one would be taken for a part of it.
  if (response.headersSent) socket.destroy();
  else answerBrokenRequest(late, socket);
  // Not when the client closes too: it may never do so.
  socket.destroySoon();
}
