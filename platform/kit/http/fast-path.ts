import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import type { RequestObserver } from '../observe/request-observer.ts';
import type { BodyPace } from './body-pace.ts';
import { originForm } from './request-target.ts';

/**
 * Handles some requests ahead of Fastify. Fastify's request, reply, hooks and headers take a third of a gateway's CPU
 * time.
 */
export interface FastPath {
  /** The routes it handles. Requests with another method on these paths get the list of allowed ones. */
  readonly routes: readonly { method: string; url: string }[];
  /** Handles a request, or returns false to leave it to Fastify. Never throws. */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
}

export interface FastPathTools {
  observer: RequestObserver;
  bodyPace: BodyPace;
}

export type CreateFastPath = (tools: FastPathTools) => FastPath;

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

interface ServerSettings {
  http?: ServerOptions;
  keepAliveTimeout?: number;
  requestTimeout?: number;
}

/** Creates the server that Fastify would create, with the fast path ahead of its listener. */
export function serverWithFastPath(fastPath: FastPath, isClosing: () => boolean) {
  return (fastify: Listener, settings: ServerSettings): Server => {
    const server = createServer(settings.http ?? {}, (request, response) => {
      request.url = originForm(request.url as string);
      // While the service closes, every response is the last one on its connection.
      if (isClosing()) response.shouldKeepAlive = false;
      if (!fastPath.handle(request, response)) fastify(request, response);
    });
    if (settings.keepAliveTimeout !== undefined) server.keepAliveTimeout = settings.keepAliveTimeout;
    if (settings.requestTimeout !== undefined) server.requestTimeout = settings.requestTimeout;
    return server;
  };
}
