import type { RawData, WebSocket } from 'ws';
import { type SocketEvent, SocketRequest } from '../../../contracts/gateway/socket-frames.ts';
import type { AccessClaims } from '../../../contracts/identity.ts';
import type { LiveChannel } from '../../../contracts/live-events/event-types.ts';
import { ProblemError, problem } from '../../../kit/http/problem.ts';
import { EventDelivery } from './event-delivery.ts';
import type { EventFeeds, FeedEntry, FeedEvent, FeedListener } from './event-feeds.ts';
import { newCounts, type SocketCounts, type SocketTotals } from './socket-stats.ts';
import { Subscriptions } from './subscriptions.ts';

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
  /** Interval at which the client is pinged and its credential verified again, milliseconds. */
  inspectEveryMs: number;
}

/** What proves who the client is. */
export interface Credential {
  /** The claims, as long as the credential is valid. @throws ProblemError */
  verify(): Promise<AccessClaims>;
}

/** What a connection needs of the server. */
export interface SocketContext {
  feeds: EventFeeds;
  totals: SocketTotals;
  limits: SocketLimits;
  /** Milliseconds from any start. */
  now(): number;
  /**
   * The part of the interval of inspections, 0 to 1, that counts as over for a new connection: without it, connections
   * that clients open together (after a restart) would all be pinged together.
   */
  nextPhase(): number;
  /** The credential of a token or ticket. @throws ProblemError */
  credentialOf(frame: { token: string } | { ticket: string }): Promise<Credential>;
  /** Whether the session has ended. Never waits. */
  isRevoked(sessionId: string): boolean;
  /** Whether the user may read a workspace now. Rejects when nobody knows. */
  mayRead(claims: AccessClaims, workspaceId: string): Promise<boolean>;
  /** Called when the user is known; false rejects the connection. */
  onAuthenticated(connection: SocketConnection): boolean;
  /** Streams whose events may concern the user now. */
  streamsOf(claims: AccessClaims): Promise<ReadonlySet<string>>;
}

export interface SocketConnectionOptions extends SocketContext {
  socket: WebSocket;
  /** The conversation named in the URL. */
  sessionId: string | undefined;
  /** Of the ticket in the URL. */
  credential: Credential | undefined;
}

function parseFrame(data: RawData, isBinary: boolean): SocketRequest | undefined {
  if (isBinary) return undefined;
  try {
    return SocketRequest.safeParse(JSON.parse(String(data))).data;
  } catch {
    return undefined;
  }
}

/** One client on `/ws`, from its first frame to its end. */
export class SocketConnection implements FeedListener {
  readonly counts: SocketCounts = newCounts();
  readonly #options: SocketConnectionOptions;
  readonly #subscriptions: Subscriptions;
  readonly #authTimer: NodeJS.Timeout;
  #credential: Credential | undefined;
  #claims: AccessClaims | undefined;
  #sessionId: string | undefined;
  #delivery: EventDelivery | undefined;
  #streams: ReadonlySet<string> = new Set();
  #lastFrameAt: number;
  #inspectedAt: number;
  #pongReceived = true;
  /** Frames that arrived while the first credential was verified; undefined while none is. */
  #early: SocketRequest[] | undefined;
  #minute: { startedAt: number; frames: number };

  constructor(options: SocketConnectionOptions) {
    const { socket, limits, now, credential } = options;
    this.#options = options;
    this.#subscriptions = new Subscriptions(options.sessionId);
    this.#lastFrameAt = now();
    this.#inspectedAt = now() - limits.inspectEveryMs * options.nextPhase();
    this.#minute = { startedAt: now(), frames: 0 };
    this.#authTimer = setTimeout(
      () => this.close(closeCodes.policyViolation, 'no authentication in time'),
      limits.authTimeoutMs,
    );
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('pong', () => {
      this.#pongReceived = true;
    });
    socket.on('close', () => this.#end());
    // A `close` event follows; an error here means that the client broke the protocol or disconnected.
    socket.on('error', () => {});
    if (credential !== undefined) void this.#authenticate(() => Promise.resolve(credential));
  }

  /** Undefined until the client has authenticated. */
  get claims(): AccessClaims | undefined {
    return this.#claims;
  }

  get sessionId(): string | undefined {
    return this.#sessionId;
  }

  /** Sends the frame with the state of a service if the client has subscribed to it. */
  sendStatus(frame: string): void {
    if (this.#subscriptions.has('system_status')) this.#sendText(frame);
  }

  receive(entry: FeedEntry): void {
    this.#delivery?.receive(entry);
  }

  interrupted(position: string): void {
    this.#replay(undefined, position);
  }

  /**
   * Follows the streams that concern the user now. While nobody knows them, they stay: each event is judged by itself.
   * Ends the connection of a user who is deactivated or deleted.
   */
  async updateStreams(): Promise<void> {
    try {
      await this.#followStreams();
    } catch (error) {
      if (error instanceof ProblemError && error.status < 500)
        this.close(closeCodes.policyViolation, 'the session has ended');
    }
  }

  /** Rejects when the streams are not known. */
  async #followStreams(): Promise<void> {
    const { feeds, streamsOf, socket } = this.#options;
    if (this.#claims === undefined) return;
    const streams = await streamsOf(this.#claims);
    if (socket.readyState !== socket.OPEN) return;
    const before = this.#streams;
    this.#streams = streams;
    for (const stream of before) if (!streams.has(stream)) feeds.unfollow(stream, this);
    try {
      await Promise.all([...streams].map((stream) => before.has(stream) || feeds.follow(stream, this)));
    } catch {
      this.close(closeCodes.tryAgainLater, 'events cannot be read now: connect again later');
    }
  }

  /** Ends a connection whose session has ended, that is idle, or that does not respond to pings. */
  inspect(): void {
    const { socket, limits, now, isRevoked } = this.#options;
    const claims = this.#claims;
    if (claims !== undefined && isRevoked(claims.session_id)) {
      this.close(closeCodes.policyViolation, 'the session has ended');
    } else if (now() - this.#lastFrameAt >= limits.idleMs) {
      this.close(closeCodes.policyViolation, 'idle');
    } else if (claims !== undefined) {
      const isDue = now() - this.#inspectedAt >= limits.inspectEveryMs;
      if (isDue && !this.#pongReceived) {
        socket.terminate();
        return;
      }
      if (isDue) {
        this.#inspectedAt = now();
        this.#pongReceived = false;
        socket.ping();
      }
      if (isDue || claims.exp * 1000 <= Date.now()) void this.#verifyAgain();
    }
  }

  close(code: number, reason: string): void {
    this.#delivery?.close();
    this.#options.socket.close(code, reason);
  }

  /** Cuts the connection off without waiting for its client. */
  terminate(): void {
    this.#options.socket.terminate();
  }

  #end(): void {
    clearTimeout(this.#authTimer);
    this.#delivery?.close();
    for (const stream of this.#streams) this.#options.feeds.unfollow(stream, this);
    this.#streams = new Set();
  }

  /** A personal access token gives new claims; any other credential ends at its expiry. */
  async #verifyAgain(): Promise<void> {
    try {
      const claims = await this.#credential?.verify();
      if (claims !== undefined) this.#claims = claims;
    } catch (error) {
      if (error instanceof ProblemError && error.status < 500)
        this.close(closeCodes.policyViolation, 'the token is no longer valid');
    }
    await this.updateStreams();
  }

  #send(frame: SocketEvent): void {
    this.#sendText(JSON.stringify(frame));
  }

  #sendText(frame: string): boolean {
    const { socket, limits } = this.#options;
    if (socket.readyState !== socket.OPEN) return false;
    if (socket.bufferedAmount > limits.maxBufferedBytes) {
      this.#tooSlow(1);
      return false;
    }
    socket.send(frame);
    return true;
  }

  #tooSlow(dropped: number): void {
    const { totals } = this.#options;
    totals.slowClose();
    totals.dropped(dropped);
    this.counts.slowCloses += 1;
    this.counts.dropped += dropped;
    this.close(closeCodes.tryAgainLater, 'too slow: connect again with last_event_id');
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
    if (this.#early !== undefined && request !== undefined) {
      this.#early.push(request);
    } else if (this.#delivery === undefined && request?.type !== 'auth') {
      this.close(closeCodes.policyViolation, 'the first frame must be auth');
    } else {
      this.#handle(request);
    }
  }

  #handle(request: SocketRequest | undefined): void {
    if (request?.type === 'auth') {
      void this.#authenticate(() => this.#options.credentialOf(request));
    } else if (request === undefined) {
      this.#send({ type: 'error', error: 'malformed_request', message: 'The frame is invalid.' });
    } else if (request.type === 'ping') {
      const { feeds } = this.#options;
      const isCurrent = this.#delivery?.idle ?? true;
      const position = isCurrent ? feeds.position : this.#delivery?.position;
      this.#send({ type: 'pong', last_event_id: position ?? feeds.position });
    } else {
      this.#changeSubscription(request);
    }
  }

  async #authenticate(credentialOf: () => Promise<Credential>): Promise<void> {
    const { socket, feeds } = this.#options;
    if (this.#claims === undefined) this.#early = [];
    try {
      const credential = await credentialOf();
      const claims = await credential.verify();
      if (socket.readyState !== socket.OPEN) return;
      if (this.#claims !== undefined) {
        this.#extend(credential, claims);
        return;
      }
      this.#claims = claims;
      this.#credential = credential;
      this.#sessionId = this.#options.sessionId ?? claims.session_id;
      if (!this.#options.onAuthenticated(this)) {
        this.close(closeCodes.policyViolation, 'too many connections');
        return;
      }
      clearTimeout(this.#authTimer);
      await this.#followStreams();
      const position = await feeds.refreshPosition();
      if (socket.readyState !== socket.OPEN) return;
      this.#delivery = this.#openDelivery(position);
      this.#send({
        type: 'authenticated',
        session_id: this.#sessionId,
        user_id: claims.user_id,
        last_event_id: position,
      });
      const early = this.#early ?? [];
      this.#early = undefined;
      for (const request of early) this.#handle(request);
    } catch (error) {
      const isOurs = !(error instanceof ProblemError) || error.status >= 500;
      this.close(isOurs ? closeCodes.tryAgainLater : closeCodes.policyViolation, 'authentication failed');
    }
  }

  /** A later credential of the same session replaces the first one, so that a connection outlives its token. */
  #extend(credential: Credential, claims: AccessClaims): void {
    if (claims.user_id !== this.#claims?.user_id || claims.session_id !== this.#claims.session_id) {
      this.close(closeCodes.policyViolation, 'the token is of another session');
      return;
    }
    this.#claims = claims;
    this.#credential = credential;
    this.#send({
      type: 'authenticated',
      session_id: this.#sessionId ?? claims.session_id,
      user_id: claims.user_id,
      last_event_id: this.#delivery?.position ?? this.#options.feeds.position,
    });
  }

  #openDelivery(position: string): EventDelivery {
    const { socket, totals, limits, mayRead } = this.#options;
    const claims = () => {
      if (this.#claims === undefined) throw problem('unauthenticated');
      return this.#claims;
    };
    return new EventDelivery(
      {
        wants: (event) => this.#subscriptions.covers(event, claims()),
        mayRead: (workspaceId) => mayRead(claims(), workspaceId),
        send: (event) => this.#sendEvent(event),
        async drained() {
          if (socket.bufferedAmount <= limits.maxBufferedBytes / 2) return;
          // Called when everything before it has been written, or at the end of the connection.
          await new Promise<void>((resolve) => socket.ping(undefined, undefined, () => resolve()));
        },
        gap: (since) => {
          totals.gap();
          this.counts.gaps += 1;
          this.#send({
            type: 'gap',
            since,
            message: 'Events after this one are missing and cannot be replayed. Read the state from the API.',
          });
        },
        overflow: (waiting) => this.#tooSlow(waiting),
        fail: (error) => {
          if (error instanceof ProblemError && error.status < 500)
            this.close(closeCodes.policyViolation, 'the session has ended');
          else this.close(closeCodes.tryAgainLater, 'events cannot be read now: connect again later');
        },
      },
      position,
    );
  }

  #sendEvent(event: FeedEvent): void {
    if (!this.#sendText(event.frame)) return;
    this.counts.sent[event.channel] += 1;
    this.#options.totals.sent(event.channel);
  }

  #replay(channels: ReadonlySet<LiveChannel> | undefined, after: string): void {
    const { feeds } = this.#options;
    this.#delivery?.replay({
      channels,
      after,
      // Those of the moment, in which the user's rights may be others than at the event.
      load: (from) => feeds.replay([...this.#streams], from),
    });
  }

  #changeSubscription(request: Extract<SocketRequest, { type: 'subscribe' | 'unsubscribe' }>): void {
    if (this.#claims === undefined) return;
    const { frames, accepted } = this.#subscriptions.change(request, this.#claims);
    for (const frame of frames) this.#send(frame);
    const live = accepted.filter((channel) => channel !== 'system_status');
    if (request.type === 'subscribe' && request.last_event_id !== undefined && live.length > 0)
      this.#replay(new Set(live), request.last_event_id);
  }
}
