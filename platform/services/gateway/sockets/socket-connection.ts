import type { RawData, WebSocket } from 'ws';
import { type SocketEvent, SocketRequest, socketChannels } from '../../../contracts/gateway/contract.ts';
import type { AccessClaims } from '../../../contracts/identity.ts';
import type { Authenticate } from '../../../kit/auth/access.ts';
import { ProblemError } from '../../../kit/http/problem.ts';

/** Close codes of RFC 6455 that the gateway uses. */
export const closeCodes = {
  goingAway: 1001,
  policyViolation: 1008,
  tryAgainLater: 1013,
} as const;

export interface SocketLimits {
  /** Maximum time from the handshake to a valid `auth` frame, milliseconds. */
  authTimeoutMs: number;
  /** Maximum number of frames that a client may send in a minute. */
  messagesPerMinute: number;
  /** Maximum time without a frame from the client, milliseconds; then the connection ends. */
  idleMs: number;
  /** Maximum size of unsent data for a client that does not read, bytes; then the connection ends. */
  maxBufferedBytes: number;
}

export interface SocketConnectionOptions {
  socket: WebSocket;
  /** The session named in the URL; default the token's. */
  sessionId: string | undefined;
  authenticate: Authenticate;
  limits: SocketLimits;
  now: () => number;
  /** Called when the user is known; false rejects the connection. */
  onAuthenticated(claims: AccessClaims, sessionId: string): boolean;
}

export type SocketChannel = (typeof socketChannels)[number];

function parseFrame(data: RawData, isBinary: boolean): SocketRequest | undefined {
  if (isBinary) return undefined;
  try {
    return SocketRequest.safeParse(JSON.parse(String(data))).data;
  } catch {
    return undefined;
  }
}

/** One client on `/ws`, from its first frame to its end. */
export class SocketConnection {
  readonly #options: SocketConnectionOptions;
  readonly #channels = new Set<SocketChannel>();
  readonly #authTimer: NodeJS.Timeout;
  #token: string | undefined;
  #claims: AccessClaims | undefined;
  #sessionId: string | undefined;
  #lastFrameAt: number;
  #pongReceived = true;
  #minute: { startedAt: number; frames: number };

  constructor(options: SocketConnectionOptions) {
    const { socket, limits, now } = options;
    this.#options = options;
    this.#lastFrameAt = now();
    this.#minute = { startedAt: now(), frames: 0 };
    this.#authTimer = setTimeout(
      () => this.close(closeCodes.policyViolation, 'no authentication in time'),
      limits.authTimeoutMs,
    );
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('pong', () => {
      this.#pongReceived = true;
    });
    socket.on('close', () => clearTimeout(this.#authTimer));
    // A `close` event follows; an error here means that the client broke the protocol or disconnected.
    socket.on('error', () => {});
  }

  /** Undefined until the client has authenticated. */
  get claims(): AccessClaims | undefined {
    return this.#claims;
  }

  get sessionId(): string | undefined {
    return this.#sessionId;
  }

  /** Sends an event if the client has subscribed to its channel. */
  publish(channel: SocketChannel, data: unknown): void {
    if (this.#channels.has(channel)) this.#send({ type: channel, data });
  }

  /** Ends a connection that is idle, does not respond to pings, or whose token is no longer valid. */
  async inspect(): Promise<void> {
    const { socket, limits, now } = this.#options;
    if (!this.#pongReceived) {
      socket.terminate();
    } else if (now() - this.#lastFrameAt >= limits.idleMs) {
      this.close(closeCodes.policyViolation, 'idle');
    } else if (this.#token !== undefined) {
      this.#pongReceived = false;
      socket.ping();
      try {
        await this.#options.authenticate(this.#token);
      } catch (error) {
        if (error instanceof ProblemError && error.status < 500)
          this.close(closeCodes.policyViolation, 'the token is no longer valid');
      }
    }
  }

  close(code: number, reason: string): void {
    this.#options.socket.close(code, reason);
  }

  #send(event: SocketEvent): void {
    const { socket, limits } = this.#options;
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > limits.maxBufferedBytes) socket.terminate();
    else socket.send(JSON.stringify(event));
  }

  #exceedsFrameRate(): boolean {
    const { limits, now } = this.#options;
    if (now() - this.#minute.startedAt >= 60_000) this.#minute = { startedAt: now(), frames: 0 };
    this.#minute.frames += 1;
    return this.#minute.frames > limits.messagesPerMinute;
  }

  #receive(data: RawData, isBinary: boolean): void {
    this.#lastFrameAt = this.#options.now();
    if (this.#exceedsFrameRate()) {
      this.close(closeCodes.policyViolation, 'too many messages');
      return;
    }
    const request = parseFrame(data, isBinary);
    if (this.#token === undefined) {
      if (request?.type === 'auth') void this.#authenticate(request.token);
      else this.close(closeCodes.policyViolation, 'the first frame must be auth');
    } else if (request === undefined || request.type === 'auth') {
      this.#send({ type: 'error', error: 'malformed_request', message: 'The frame is invalid.' });
    } else if (request.type === 'ping') {
      this.#send({ type: 'pong' });
    } else {
      this.#changeSubscription(request);
    }
  }

  async #authenticate(token: string): Promise<void> {
    const { socket, authenticate, onAuthenticated } = this.#options;
    try {
      const claims = await authenticate(token);
      if (socket.readyState !== socket.OPEN || this.#claims !== undefined) return;
      const sessionId = this.#options.sessionId ?? claims.session_id;
      if (!onAuthenticated(claims, sessionId)) {
        this.close(closeCodes.policyViolation, 'too many connections');
        return;
      }
      clearTimeout(this.#authTimer);
      this.#token = token;
      this.#claims = claims;
      this.#sessionId = sessionId;
      this.#send({ type: 'authenticated', session_id: sessionId, user_id: claims.user_id });
    } catch (error) {
      const isOurs = !(error instanceof ProblemError) || error.status >= 500;
      this.close(isOurs ? closeCodes.tryAgainLater : closeCodes.policyViolation, 'authentication failed');
    }
  }

  #changeSubscription(request: { type: 'subscribe' | 'unsubscribe'; channel: string }): void {
    const channel = socketChannels.find((known) => known === request.channel);
    if (channel === undefined) {
      this.#send({ type: 'error', error: 'not_found', message: `There is no channel ${request.channel}.` });
    } else if (request.type === 'subscribe') {
      this.#channels.add(channel);
      this.#send({ type: 'subscribed', channel });
    } else {
      this.#channels.delete(channel);
      this.#send({ type: 'unsubscribed', channel });
    }
  }
}
