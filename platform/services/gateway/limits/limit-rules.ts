import type { Config } from '../config.ts';
import type { ProxiedRoute } from '../routing/route-table.ts';
import type { LimitRule } from './rate-limit.ts';

/** Requests of a user or an address that are counted in advance to save round trips: a twentieth of the limit, at most 50. */
const leaseOf = (limit: number) => Math.max(1, Math.min(50, Math.floor(limit / 20)));

export interface LimitRules {
  /** Counted per address: routes without an access token that can be attacked, or that have effects. */
  byAddress(route: ProxiedRoute): LimitRule | undefined;
  /** Counted per user, on every route that needs a token. */
  readonly byUser: LimitRule;
}

type LimitConfig = Pick<
  Config,
  | 'RATE_LIMIT_LOGIN'
  | 'RATE_LIMIT_REGISTER'
  | 'RATE_LIMIT_REFRESH'
  | 'RATE_LIMIT_RECOVERY'
  | 'RATE_LIMIT_WEBHOOK'
  | 'RATE_LIMIT_USER'
>;

/** Routes by which anyone can send mails, or try the tokens of mails. */
const recoveryRoutes = [
  'forgotPassword',
  'resetPassword',
  'verifyEmail',
  'confirmEmailChange',
  'undoEmailChange',
] as const;

/** The limits by route. A route has one count for all of its paths. */
export function limitRules(config: LimitConfig): LimitRules {
  const addressRules: Readonly<Record<string, LimitRule>> = {
    'platform-services.login': { name: 'login', lease: 1, ...config.RATE_LIMIT_LOGIN },
    'platform-services.register': { name: 'register', lease: 1, ...config.RATE_LIMIT_REGISTER },
    'platform-services.refresh': { name: 'refresh', lease: 1, ...config.RATE_LIMIT_REFRESH },
    'automation-services.receiveMessage': {
      name: 'webhook',
      lease: leaseOf(config.RATE_LIMIT_WEBHOOK.limit),
      ...config.RATE_LIMIT_WEBHOOK,
    },
    ...Object.fromEntries(
      recoveryRoutes.map((name) => [
        `platform-services.${name}`,
        { name, lease: 1, ...config.RATE_LIMIT_RECOVERY },
      ]),
    ),
  };
  return {
    byAddress: (route) => addressRules[route.id],
    byUser: { name: 'user', lease: leaseOf(config.RATE_LIMIT_USER.limit), ...config.RATE_LIMIT_USER },
  };
}
