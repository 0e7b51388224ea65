import { Redis } from 'ioredis';
import pg from 'pg';
import type { ServiceName } from '../../platform/contracts/service.ts';
import { MissingCapability } from '../engine/failures/missing-capability.ts';
import type { StackAddresses } from '../engine/stack.ts';
import type {
  Change,
  CheckoutChange,
  EnvironmentChange,
  ExchangeChange,
  LinkChange,
  PortChange,
  ProxyChange,
  SourceChange,
} from './change.ts';
import { addTrigger } from './changes/add-trigger.ts';
import { changeLink } from './changes/change-link.ts';
import { type SignalledNodes, sendSignal } from './changes/send-signal.ts';
import type { Link } from './link/open-link.ts';
import { openExchangeProxy } from './proxy/exchange-proxy.ts';

/** A booted platform that is changed. */
export interface ChangeablePlatform extends SignalledNodes {
  readonly addresses: StackAddresses;
  /** Base URL of the Prometheus of the run, if there is one. */
  readonly prometheusUrl?: string | undefined;
  /** The links with which the platform has booted; absent without any. */
  readonly links?: ReadonlyMap<LinkChange, Link>;
}

/** Changes in force. Disposing them lifts them in the opposite order. */
export interface AppliedChanges extends AsyncDisposable {
  /** The addresses with those of the proxies: who uses these meets the changed exchanges. */
  readonly addresses: StackAddresses;
  readonly prometheusUrl?: string | undefined;
}

type BootChange = EnvironmentChange | SourceChange | PortChange | LinkChange;

/** Whether the platform must boot with the change. */
export function isBootChange(change: Change): change is BootChange {
  return ['environment', 'source', 'port', 'link'].includes(change.kind);
}

/** Whether only the check for which it is made meets the change: it uses the proxy's address, or reads the copy. */
export function isPrivateChange(change: Change): change is ExchangeChange | ProxyChange | CheckoutChange {
  return change.kind === 'exchange' || change.kind === 'proxy' || change.kind === 'checkout';
}

/**
 * Applies changes to a booted platform, in their order. Changes of environment, source and ports are skipped: the
 * platform has booted with them. So are those of the checkout, which is no part of the platform. Links were opened with
 * the boot, and get their faults here.
 * @throws MissingCapability where the runtime does not allow a change
 */
export async function applyChanges(
  changes: readonly Change[],
  platform: ChangeablePlatform,
): Promise<AppliedChanges> {
  await using applied = new AsyncDisposableStack();
  const services: Record<ServiceName, string> & { prometheus?: string | undefined } = {
    ...platform.addresses.services,
    prometheus: platform.prometheusUrl,
  };
  for (const change of changes) {
    if (change.kind === 'link') {
      applied.use(await changeLink(change, platform.links?.get(change)));
      continue;
    }
    if (isBootChange(change) || change.kind === 'checkout') continue;
    if (isPrivateChange(change)) {
      const service = change.service ?? 'gateway';
      const upstream = services[service];
      if (upstream === undefined) throw new MissingCapability('monitoring');
      const proxy = applied.use(
        change.kind === 'proxy' ? await change.open(upstream) : await openExchangeProxy(upstream, change),
      );
      services[service] = proxy.url;
    } else applied.use(await applyToNodes(change, platform));
  }
  const owned = applied.move();
  const { prometheus, ...ofServices } = services;
  return {
    addresses: { ...platform.addresses, services: ofServices },
    prometheusUrl: prometheus,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function applyToNodes(
  change: Exclude<Change, BootChange | ExchangeChange | ProxyChange | CheckoutChange>,
  platform: ChangeablePlatform,
): Promise<AsyncDisposable> {
  switch (change.kind) {
    case 'sql': {
      const admin = openAdmin(platform.addresses);
      await admin.query(change.apply).catch(closeAndThrow(() => admin.end()));
      return {
        async [Symbol.asyncDispose]() {
          await admin.query(change.restore).finally(() => admin.end());
        },
      };
    }
    case 'trigger': {
      const admin = openAdmin(platform.addresses);
      const trigger = await addTrigger(admin, change).catch(closeAndThrow(() => admin.end()));
      return {
        async [Symbol.asyncDispose]() {
          try {
            await trigger[Symbol.asyncDispose]();
          } finally {
            await admin.end();
          }
        },
      };
    }
    case 'redis': {
      await runCommands(platform.addresses, change.apply);
      return { [Symbol.asyncDispose]: () => runCommands(platform.addresses, change.restore) };
    }
    case 'signal':
      return sendSignal(platform, change);
  }
}

function openAdmin({ postgres }: StackAddresses): pg.Pool {
  if (!postgres) throw new MissingCapability('postgres-admin');
  const admin = new pg.Pool({ connectionString: postgres.adminUrl, max: 1 });
  // The next query reports a broken idle connection.
  admin.on('error', () => undefined);
  return admin;
}

function closeAndThrow(close: () => Promise<unknown>) {
  return async (error: unknown): Promise<never> => {
    await close();
    throw error;
  };
}

async function runCommands(
  { redis }: StackAddresses,
  commands: readonly (readonly string[])[],
): Promise<void> {
  if (!redis) throw new MissingCapability('redis-admin');
  const client = new Redis(redis.url, { lazyConnect: true, maxRetriesPerRequest: 1 });
  client.on('error', () => undefined);
  try {
    for (const [command = '', ...args] of commands) await client.call(command, ...args);
  } finally {
    client.disconnect();
  }
}
