import type { FastifyRequest } from 'fastify';
import { gateway } from '../../../contracts/gateway/contract.ts';
import { platformServices } from '../../../contracts/platform-services/contract.ts';
import { createInternalKeyCheck } from '../../../kit/auth/access.ts';
import { edgeClientAddress } from '../../../kit/http/client-address.ts';
import { type CallOptions, type Client, createClient } from '../../../kit/peers/client.ts';

export interface Identity {
  /** The platform's account routes at the gateway. */
  readonly api: Client<typeof platformServices>;
  /** The gateway's own routes. */
  readonly gateway: Client<typeof gateway>;
  /**
   * Options for a call on behalf of a visitor. They send the visitor's address and browser, because rate limits and
   * the list of sessions need them instead of this server's.
   */
  callFor(request: FastifyRequest, token?: string): CallOptions;
}

export interface IdentityOptions {
  /** Base URL without trailing slash. */
  gatewayUrl: string;
  internalKey: string;
  /** See `edgeClientAddress`. */
  trustedProxies: readonly string[];
}

export function createIdentity({ gatewayUrl, internalKey, trustedProxies }: IdentityOptions): Identity {
  const addressOf = edgeClientAddress({
    hasInternalKey: createInternalKeyCheck(internalKey),
    trustedProxies,
  });
  return {
    api: createClient(platformServices, { baseUrl: `${gatewayUrl}/api` }),
    gateway: createClient(gateway, { baseUrl: gatewayUrl }),
    callFor(request, token) {
      const agent = request.headers['user-agent'];
      return {
        ...(token === undefined ? {} : { token }),
        headers: {
          'x-internal-key': internalKey,
          'x-forwarded-for': addressOf(request.raw),
          ...(agent === undefined ? {} : { 'user-agent': agent }),
        },
      };
    },
  };
}
