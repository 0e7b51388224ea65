import type { Upstream } from '../upstream.ts';
import { createRemoteAccess, type RemoteOptions } from './remote-access.ts';
import { type RemoteMetadataOptions, remoteMetadata } from './remote-metadata.ts';
import { remoteRecords } from './remote-records.ts';
import { remoteWebhooks } from './remote-webhooks.ts';

/**
 * The real Airtable. All processes together send at most 5 requests per second and base, and cache responses in
 * Redis.
 */
export function createRemoteUpstream(options: RemoteOptions & RemoteMetadataOptions): Upstream {
  const access = createRemoteAccess(options);
  const metadata = remoteMetadata(access, options);
  return { ...metadata, ...remoteRecords(access, metadata.listTables), ...remoteWebhooks(access) };
}
