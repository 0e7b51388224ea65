import {
  AbortedError,
  type AnswerHandler,
  type Exchange,
  LateAnswerError,
  type UpstreamRequest,
} from './exchange.ts';
import { type Job, ReadConnection, type ReadConnectionOptions } from './read-connection.ts';

export interface ReadConnections {
  /** Sends a request without a body whose repetition does no harm (GET, HEAD). */
  send(request: UpstreamRequest, handler: AnswerHandler): Exchange;
  /** Takes no more requests and resolves when those under way have ended. */
  close(): Promise<void>;
}

export interface ReadConnectionsOptions {
  /** `http:` only. */
  baseUrl: URL;
  /** Most connections. */
  connections: number;
  connectTimeoutMs: number;
  /** Milliseconds of a clock that never goes back. */
  now: () => number;
}

/** How often connections are looked at for overdue answers and for having been idle too long, milliseconds. */
const lookMs = 100;

const unsendable = /[^\t\x20-\x7e\x80-\xff]/;

/** @throws TypeError for a header that would not stay in its line */
function headOf({ method, target, headers }: UpstreamRequest, authority: string): string {
  if (unsendable.test(headers.join(''))) throw new TypeError('a header cannot be sent');
  let head = `${method} ${target} HTTP/1.1\r\nhost: ${authority}\r\nconnection: keep-alive\r\n`;
  for (let index = 0; index < headers.length; index += 2)
    head += `${headers[index]}: ${headers[index + 1]}\r\n`;
  return `${head}\r\n`;
}

/**
 * Kept connections to one service for requests that only read, which are most of all. They do per request just what
 * HTTP/1.1 needs, at a fraction of a general client's cost; everything else goes through such a client.
 */
export function createReadConnections(options: ReadConnectionsOptions): ReadConnections {
  const { baseUrl, now } = options;
  const open = new Set<ReadConnection>();
  const idle: ReadConnection[] = [];
  const waiting: Job[] = [];
  const running = new Set<Job>();
  const drained: (() => void)[] = [];
  let closed = false;

  const connectionOptions: ReadConnectionOptions = {
    host: baseUrl.hostname.replace(/^\[|\]$/g, ''),
    port: Number(baseUrl.port || 80),
    connectTimeoutMs: options.connectTimeoutMs,
    now,
    onFree(connection) {
      const next = waiting.shift();
      if (next === undefined && closed) connection.abort(new AbortedError('closed'));
      else if (next === undefined) idle.push(connection);
      else connection.send(next);
    },
    onGone(connection, unanswered) {
      open.delete(connection);
      const place = idle.indexOf(connection);
      if (place !== -1) idle.splice(place, 1);
      const next = unanswered ?? waiting.shift();
      // Never on another kept connection, which may be about to end as well.
      if (next !== undefined) openOne().send(next);
    },
  };

  function openOne(): ReadConnection {
    const connection = new ReadConnection(connectionOptions);
    open.add(connection);
    return connection;
  }

  function start(job: Job): void {
    // The one used last is the least likely to be closed by now.
    const connection = idle.pop() ?? (open.size < options.connections ? openOne() : undefined);
    if (connection === undefined) waiting.push(job);
    else connection.send(job);
  }

  function look(): void {
    const at = now();
    for (const job of running) if (at > job.dueAt) giveUp(job, new LateAnswerError('no answer in time'));
    for (const connection of [...idle])
      if (connection.isStale(at)) connection.abort(new AbortedError('idle'));
  }

  function giveUp(job: Job, reason: Error): void {
    if (job.connection !== undefined) {
      job.connection.abort(reason);
      return;
    }
    const place = waiting.indexOf(job);
    if (place !== -1) waiting.splice(place, 1);
    job.handler.onError(reason);
  }

  function ended(job: Job): void {
    running.delete(job);
    if (closed && running.size === 0) for (const resolve of drained.splice(0)) resolve();
  }

  const timer = setInterval(look, lookMs);
  timer.unref();

  return {
    send(request, handler) {
      if (closed) throw new AbortedError('closed');
      const job: Job = {
        head: headOf(request, baseUrl.host),
        request,
        handler: {
          onHead: (status, headers) => handler.onHead(status, headers),
          onData: (chunk) => handler.onData(chunk),
          onEnd() {
            ended(job);
            handler.onEnd();
          },
          onError(error) {
            ended(job);
            handler.onError(error);
          },
        },
        dueAt: now() + request.timeoutMs,
        connection: undefined,
      };
      running.add(job);
      start(job);
      return {
        resume() {
          if (running.has(job)) job.connection?.resume();
        },
        abort() {
          if (running.has(job)) giveUp(job, new AbortedError('given up'));
        },
      };
    },
    async close() {
      closed = true;
      for (const connection of [...idle]) connection.abort(new AbortedError('closed'));
      if (running.size > 0) await new Promise<void>((resolve) => drained.push(resolve));
      clearInterval(timer);
    },
  };
}
