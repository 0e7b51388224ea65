import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { type AnswerHead, parseAnswerHead } from './answer-head.ts';
import { type ChunkedBody, createChunkedBody } from './chunked-body.ts';
import {
  AbortedError,
  type AnswerHandler,
  BrokenAnswerError,
  LateAnswerError,
  type UpstreamRequest,
} from './exchange.ts';

/** Longest head of an answer, bytes. */
const maxHead = 64 * 1024;
/** Bytes read at once. */
const readSize = 16 * 1024;
/** How long an idle connection is kept when the service does not say, milliseconds. */
const defaultIdleMs = 4_000;
/** An idle connection is given up this long before the service would, milliseconds. */
const idleMarginMs = 1_000;

/** A request that holds a connection, or waits for one. */
export interface Job {
  /** As it is sent. */
  readonly head: string;
  readonly request: UpstreamRequest;
  readonly handler: AnswerHandler;
  /** When the next sign of life is due. */
  dueAt: number;
  connection: ReadConnection | undefined;
}

export interface ReadConnectionOptions {
  host: string;
  port: number;
  connectTimeoutMs: number;
  now: () => number;
  /** The answer is complete and the connection free for another request. */
  onFree(connection: ReadConnection): void;
  /** The connection is gone. A job is handed back when it was lost unanswered and may be sent again. */
  onGone(connection: ReadConnection, unanswered: Job | undefined): void;
}

/** One kept HTTP/1.1 connection to a service, for requests without a body, one at a time. */
export class ReadConnection {
  readonly #options: ReadConnectionOptions;
  readonly #socket: Socket;
  #job: Job | undefined;
  #head: AnswerHead | undefined;
  /** Begun head of an answer. */
  #held: Buffer | undefined;
  #chunked: ChunkedBody | undefined;
  /** Bytes still missing of a body with a declared length. */
  #left = 0;
  #answeredBefore = false;
  #gone = false;
  #idleSince = 0;
  #idleMs = defaultIdleMs;

  constructor(options: ReadConnectionOptions) {
    this.#options = options;
    // One buffer for the life of the connection: what is kept of it is copied.
    const target: NetConnectOpts = {
      host: options.host,
      port: options.port,
      noDelay: true,
      onread: {
        buffer: Buffer.allocUnsafeSlow(readSize),
        callback: (size, bytes) => this.#read(bytes as Buffer, size),
      },
    };
    this.#socket = connect(target);
    this.#socket.setTimeout(options.connectTimeoutMs, () => {
      if (this.#socket.connecting) this.#fail(new LateAnswerError('no connection in time'));
    });
    this.#socket.once('connect', () => this.#socket.setTimeout(0));
    this.#socket.once('error', (error) => this.#fail(error));
    this.#socket.once('close', () => this.#ended());
    this.#socket.once('end', () => this.#ended());
  }

  send(job: Job): void {
    this.#job = job;
    job.connection = this;
    this.#socket.write(job.head, 'latin1');
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Gives up the connection, and the request on it with this reason. */
  abort(reason: Error): void {
    this.#fail(reason);
  }

  isStale(at: number): boolean {
    return this.#job === undefined && at - this.#idleSince > this.#idleMs;
  }

  #read(buffer: Buffer, size: number): boolean {
    const job = this.#job;
    // Bytes nobody asked for could be taken for the answer to the next request.
    if (job === undefined) {
      this.#fail(new BrokenAnswerError('the service spoke unasked'));
      return false;
    }
    const { now } = this.#options;
    try {
      let bytes = buffer.subarray(0, size);
      if (this.#head === undefined) {
        const body = this.#readHead(bytes, job);
        if (body === undefined) return true;
        bytes = body;
      }
      job.dueAt = now() + job.request.silenceMs;
      return this.#readBody(bytes, job);
    } catch (error) {
      this.#fail(error as Error);
      return false;
    }
  }

  /** @returns what follows the head; undefined while it is not complete */
  #readHead(bytes: Buffer, job: Job): Buffer | undefined {
    let all = this.#held === undefined ? bytes : Buffer.concat([this.#held, bytes]);
    for (;;) {
      const end = all.indexOf('\r\n\r\n');
      if (end === -1) {
        if (all.length > maxHead) throw new BrokenAnswerError('the head of the answer does not end');
        this.#held = Buffer.from(all);
        return undefined;
      }
      const head = parseAnswerHead(all.toString('latin1', 0, end), job.request.method);
      all = all.subarray(end + 4);
      if (head.status === 101) throw new BrokenAnswerError('the service changes the protocol unasked');
      // Interim answers (103, 100) are followed by the real one.
      if (head.status < 200) continue;
      this.#held = undefined;
      this.#head = head;
      this.#left = head.length;
      this.#chunked = head.framing === 'chunked' ? createChunkedBody() : undefined;
      if (head.keepAliveS !== undefined) this.#idleMs = Math.max(0, head.keepAliveS * 1000 - idleMarginMs);
      job.handler.onHead(head.status, head.headers);
      return all;
    }
  }

  #readBody(bytes: Buffer, job: Job): boolean {
    const { framing } = this.#head as AnswerHead;
    let goOn = true;
    const pass = (content: Buffer) => {
      if (!job.handler.onData(content)) goOn = false;
    };
    let used = 0;
    let complete = framing === 'none';
    if (framing === 'length') {
      used = Math.min(bytes.length, this.#left);
      this.#left -= used;
      complete = this.#left === 0;
      if (used > 0) pass(used === bytes.length ? bytes : bytes.subarray(0, used));
    } else if (framing === 'chunked') {
      used = (this.#chunked as ChunkedBody).read(bytes, pass);
      complete = (this.#chunked as ChunkedBody).ended;
    } else if (framing === 'close') {
      used = bytes.length;
      if (used > 0) pass(bytes);
    }
    if (!complete || this.#job !== job) return goOn;
    this.#finish(job, used === bytes.length);
    return true;
  }

  #finish(job: Job, isClean: boolean): void {
    const reusable = (this.#head as AnswerHead).reusable && isClean;
    this.#job = undefined;
    this.#head = undefined;
    this.#answeredBefore = true;
    this.#idleSince = this.#options.now();
    if (reusable) this.#options.onFree(this);
    else this.#fail(new BrokenAnswerError('the connection ends'));
    job.handler.onEnd();
  }

  /** The service closed the connection. */
  #ended(): void {
    const job = this.#job;
    if (job !== undefined && this.#head?.framing === 'close') this.#finish(job, true);
    else this.#fail(new BrokenAnswerError('the service closed the connection'));
  }

  #fail(error: Error): void {
    if (this.#gone) return;
    this.#gone = true;
    const job = this.#job;
    this.#job = undefined;
    this.#socket.destroy();
    // A kept connection may end just when it is used again; a request that only reads can be sent once more.
    const lost =
      job !== undefined &&
      this.#answeredBefore &&
      this.#head === undefined &&
      this.#held === undefined &&
      !(error instanceof LateAnswerError) &&
      !(error instanceof AbortedError);
    this.#options.onGone(this, lost ? job : undefined);
    if (!lost) job?.handler.onError(error);
  }
}
