/**
 * Settings of the server that also apply to a deployment. Changes are written to a file at once, because a restart must
 * keep revoked sessions and events. A crash of the machine loses up to one second (`appendfsync everysec`, the default).
 */
export const redisSettings: Readonly<Record<string, string>> = {
  maxmemory: '256mb',
  'maxmemory-policy': 'noeviction',
  appendonly: 'yes',
};

/** Name of the primary that Sentinels watch. */
export const primaryName = 'platform';

/** Settings of Sentinels; a deployment on several machines has longer times. */
export const sentinelSettings: Readonly<Record<string, string>> = {
  /** Time without a response after which a Sentinel considers the primary down, milliseconds. */
  'down-after-milliseconds': '3000',
  /** Maximum time of a failover; after twice this time another Sentinel tries again, milliseconds. */
  'failover-timeout': '10000',
  'parallel-syncs': '1',
};

/** Sentinels that must agree that the primary is down, of three. */
export const quorum = 2;
