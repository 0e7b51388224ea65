import type { RawData, WebSocket } from 'ws';
import { type SocketEvent, SocketRequest, socketChannels } from '../../../contracts/gateway/contract.ts';
import type { AccessClaims } from '../../../contracts/identity.ts';
import type { Authenticate } from '../../../kit/auth/access.ts';
import { ProblemError } from '../../../kit/http/problem.ts';

/** Close codes of RFC 6455 that the gateway uses. */
export const closeCodes = {
  goingAway: 1001,
  policyViolation: 1008,
  tooBig: 1009,
  tryAgainLater: 1013,
} as const;

export interface SocketLimits {
  /** From the handshake to a valid `auth` frame, milliseconds. */
  authTimeoutMs: number;
  /** Frames a client may send in a minute. */
  messagesPerMinute: number;
  /** Without a frame of the client for so long the connection ends, milliseconds. */
  idleMs: number;
  /** Bytes waiting for a client that does not read; beyond that it is dropped. */
  maxBufferedBytes: number;
}

export interface SocketConnectionOptions {
  socket: WebSocket;
  /** The session the address names; default the token's. */
  sessionId: string | undefined;
  authenticate: Authenticate;
  limits: SocketLimits;
  now: () => number;
  /** Asked once the caller is known; false refuses the connection. */
  onAuthenticated(claims: AccessClaims, sessionId: string): boolean;
}

type Channel = (typeof socketChannels)[number];

/** One client on `/ws`, from its first frame to its end. */
export interface SocketConnection {
  readonly claims: AccessClaims | undefined;
  readonly sessionId: string | undefined;
  /** Sends an event if the client has subscribed to its channel. */
  publish(channel: Channel, data: unknown): void;
  /** Ends a connection that is idle, does not answer pings, or whose token is no longer good. */
  inspect(): Promise<void>;
  close(code: number, reason: string): void;
}

function parseFrame(data: RawData, isBinary: boolean): SocketRequest | undefined {
  if (isBinary) return undefined;
  try {
    return SocketRequest.safeParse(JSON.parse(String(data))).data;
  } catch {
    return undefined;
  }
}

export function handleSocket(options: SocketConnectionOptions): SocketConnection {
  const { socket, limits, now } = options;
  const channels = new Set<Channel>();
  let token: string | undefined;
  let claims: AccessClaims | undefined;
  let sessionId: string | undefined;
  let lastFrameAt = now();
  let answeredPing = true;
  let minute = { startedAt: now(), frames: 0 };

  const close = (code: number, reason: string) => socket.close(code, reason);
  const authTimer = setTimeout(
    () => close(closeCodes.policyViolation, 'no authentication in time'),
    limits.authTimeoutMs,
  );

  function send(event: SocketEvent): void {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > limits.maxBufferedBytes) socket.terminate();
    else socket.send(JSON.stringify(event));
  }

  function isTooMany(): boolean {
    if (now() - minute.startedAt >= 60_000) minute = { startedAt: now(), frames: 0 };
    minute.frames += 1;
    return minute.frames > limits.messagesPerMinute;
  }

  async function authenticate(presented: string): Promise<void> {
    try {
      const verified = await options.authenticate(presented);
      if (socket.readyState !== socket.OPEN || claims !== undefined) return;
      const session = options.sessionId ?? verified.session_id;
      if (!options.onAuthenticated(verified, session)) {
        close(closeCodes.policyViolation, 'too many connections');
        return;
      }
      clearTimeout(authTimer);
      token = presented;
      claims = verified;
      sessionId = session;
      send({ type: 'authenticated', session_id: session, user_id: verified.user_id });
    } catch (error) {
      const unknown = !(error instanceof ProblemError) || error.status >= 500;
      close(unknown ? closeCodes.tryAgainLater : closeCodes.policyViolation, 'authentication failed');
    }
  }

  function changeSubscription(request: { type: 'subscribe' | 'unsubscribe'; channel: string }): void {
    const channel = socketChannels.find((known) => known === request.channel);
    if (channel === undefined) {
      send({ type: 'error', error: 'not_found', message: `There is no channel ${request.channel}.` });
    } else if (request.type === 'subscribe') {
      channels.add(channel);
      send({ type: 'subscribed', channel });
    } else {
      channels.delete(channel);
      send({ type: 'unsubscribed', channel });
    }
  }

  function receive(data: RawData, isBinary: boolean): void {
    lastFrameAt = now();
    if (isTooMany()) {
      close(closeCodes.policyViolation, 'too many messages');
      return;
    }
    const request = parseFrame(data, isBinary);
    if (token === undefined) {
      if (request?.type === 'auth') void authenticate(request.token);
      else close(closeCodes.policyViolation, 'the first frame has to be auth');
      return;
    }
    if (request === undefined || request.type === 'auth')
      send({ type: 'error', error: 'malformed_request', message: 'This frame is not understood.' });
    else if (request.type === 'ping') send({ type: 'pong' });
    else changeSubscription(request);
  }

  socket.on('message', receive);
  socket.on('pong', () => {
    answeredPing = true;
  });
  socket.on('close', () => clearTimeout(authTimer));
  // The `close` event follows; an error here is the client's protocol violation or its disappearance.
  socket.on('error', () => {});

  return {
    get claims() {
      return claims;
    },
    get sessionId() {
      return sessionId;
    },
    publish(channel, data) {
      if (channels.has(channel)) send({ type: channel, data });
    },
    async inspect() {
      if (!answeredPing) {
        socket.terminate();
      } else if (now() - lastFrameAt >= limits.idleMs) {
        close(closeCodes.policyViolation, 'idle');
      } else if (token !== undefined) {
        answeredPing = false;
        socket.ping();
        try {
          await options.authenticate(token);
        } catch (error) {
          if (error instanceof ProblemError && error.status < 500)
            close(closeCodes.policyViolation, 'the token is no longer valid');
        }
      }
    },
    close,
  };
}
