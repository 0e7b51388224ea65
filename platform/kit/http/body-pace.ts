import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '../observe/log.ts';
import { type Clock, systemClock } from '../service/clock.ts';
import { rejectBrokenRequest } from './broken-request.ts';
import { isArriving } from './discard-rest.ts';

/** How slowly a request may arrive. */
export interface PaceLimits {
  /** Maximum time for the head of a request, milliseconds. */
  headMs: number;
  /**
   * Maximum time for a whole body, milliseconds. Uploads are measured anew in each period of this length. Each period
   * has three polls, so the limit is exact to a third of it.
   */
  bodyMs: number;
  /** Minimum rate of an upload, bytes per second, measured over one period. */
  uploadBytesPerSecond: number;
}

/** An upload may take any time at 64 kbit/s or more, which the slowest lines in use can do. */
export const paceLimits: PaceLimits = { headMs: 30_000, bodyMs: 30_000, uploadBytesPerSecond: 8 * 1024 };

const pollsPerPeriod = 3;

/** Maximum time that a body of `bytes` bytes can take to arrive before it is rejected, milliseconds. */
export function longestUploadMs(bytes: number, limits: PaceLimits = paceLimits): number {
  return Math.ceil((bytes / limits.uploadBytesPerSecond) * 1_000) + 2 * limits.bodyMs;
}

export interface PaceOptions {
  /** Default `paceLimits`. */
  limits?: PaceLimits;
  /** Default `systemClock`. */
  clock?: Pick<Clock, 'every'>;
}

export interface BodyPace {
  /** Watches a request from its head on, if its body is still arriving. */
  watch(request: IncomingMessage, response: ServerResponse, options: { upload: boolean }): void;
  /** Stops watching it. Without this call it is dropped once its body has arrived or broken off. */
  forget(request: IncomingMessage): void;
  close(): void;
}

interface Watched {
  response: ServerResponse;
  upload: boolean;
  pollsLeft: number;
  /** Bytes that the connection had received when the period began. */
  bytesBefore: number;
}

/**
 * Closes connections whose bodies arrive too slowly, with 408 if no response has begun. Node's own limit covers the
 * whole request at any rate, so it would end every large upload over a slow line. Here a body has `bodyMs`. An upload
 * gets the same time again whenever enough bytes have arrived, so holding a connection open costs the client a line of
 * that rate. Bytes that the service has not read yet count for the client.
 *
 * One timer polls all requests: a timer for each would slow down every request.
 */
export function createBodyPace(options: PaceOptions & { log: Log }): BodyPace {
  const { limits = paceLimits, log, clock = systemClock } = options;
  const enough = (limits.uploadBytesPerSecond * limits.bodyMs) / 1_000;
  const watched = new Map<IncomingMessage, Watched>();
  let stop: (() => void) | undefined;

  function isFastEnough(request: IncomingMessage, { upload, bytesBefore }: Watched): boolean {
    if (!upload) return false;
    return request.readableLength > 0 || request.socket.bytesRead - bytesBefore >= enough;
  }

  function poll(): void {
    for (const [request, state] of watched) {
      if (!isArriving(request)) {
        watched.delete(request);
      } else if (state.pollsLeft > 0) {
        state.pollsLeft -= 1;
      } else if (isFastEnough(request, state)) {
        state.pollsLeft = pollsPerPeriod - 1;
        state.bytesBefore = request.socket.bytesRead;
      } else {
        watched.delete(request);
        log.info({ method: request.method, upload: state.upload }, 'request body too slow');
        hangUp(request, state.response);
      }
    }
  }

  return {
    watch(request, response, { upload }) {
      if (!isArriving(request)) return;
      stop ??= clock.every(limits.bodyMs / pollsPerPeriod, poll);
      const bytesBefore = request.socket.bytesRead;
      // One poll more than a period has: the first can come right after the head.
      watched.set(request, { response, upload, pollsLeft: pollsPerPeriod, bytesBefore });
    },
    forget: (request) => void watched.delete(request),
    close: () => stop?.(),
  };
}

function hangUp({ socket }: IncomingMessage, response: ServerResponse): void {
  const late = Object.assign(new Error('The body arrived too slowly'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
  // Within a response, a second one would be read as part of the first.
  if (response.headersSent) socket.destroy();
  else rejectBrokenRequest(late, socket);
  // Does not wait for the client to close: it may never do so.
  socket.destroySoon();
}
