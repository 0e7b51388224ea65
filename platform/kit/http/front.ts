import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import type { RequestObserver } from '../observe/request-observer.ts';
import type { BodyPace } from './body-pace.ts';

/**
 * Answers some requests ahead of Fastify, whose work for each (its request, reply, hooks and headers) takes a gateway
 * a third of its processor time.
 */
export interface Front {
  /** What it answers, so that other methods on these paths are told which are allowed. */
  readonly routes: readonly { method: string; url: string }[];
  /** Answers a request, or returns false to leave it to Fastify. Never throws. */
  take(request: IncomingMessage, response: ServerResponse): boolean;
}

export interface FrontTools {
  observer: RequestObserver;
  bodyPace: BodyPace;
}

export type CreateFront = (tools: FrontTools) => Front;

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

interface ServerSettings {
  http?: ServerOptions;
  keepAliveTimeout?: number;
  requestTimeout?: number;
}

/** The server Fastify would make, with a front before its listener. */
export function serverWithFront(front: Front, isClosing: () => boolean) {
  return (fastify: Listener, settings: ServerSettings): Server => {
    const server = createServer(settings.http ?? {}, (request, response) => {
      // Fastify knows how to refuse requests on kept connections while the service closes.
      if (isClosing() || !front.take(request, response)) fastify(request, response);
    });
    if (settings.keepAliveTimeout !== undefined) server.keepAliveTimeout = settings.keepAliveTimeout;
    if (settings.requestTimeout !== undefined) server.requestTimeout = settings.requestTimeout;
    return server;
  };
}
