import type { Dispatcher, Pool } from 'undici';
import { AbortedError, type AnswerHandler, type Exchange, type UpstreamRequest } from './exchange.ts';

/** Sends a request with undici, which knows how to stream bodies. */
export function dispatchRequest(pool: Pool, request: UpstreamRequest, handler: AnswerHandler): Exchange {
  let controller: Dispatcher.DispatchController | undefined;
  let aborted: Error | undefined;
  pool.dispatch(
    {
      path: request.target,
      method: request.method as Dispatcher.HttpMethod,
      headers: request.headers as string[],
      body: request.body ?? null,
      headersTimeout: request.timeoutMs,
      bodyTimeout: request.silenceMs,
    },
    {
      onRequestStart(started) {
        controller = started;
        if (aborted !== undefined) started.abort(aborted);
      },
      onResponseStart(_controller, status, headers) {
        if (status >= 200) handler.onHead(status, headers);
      },
      onResponseData(current, chunk) {
        if (!handler.onData(chunk)) current.pause();
      },
      onResponseEnd() {
        handler.onEnd();
      },
      onResponseError(_controller, error) {
        handler.onError(error);
      },
    },
  );
  return {
    resume: () => controller?.resume(),
    abort() {
      aborted = new AbortedError('given up');
      controller?.abort(aborted);
    },
  };
}
