import { z } from 'zod';

/**
 * Objects that checks create as a given account, in the order of their deletion: a workspace that still holds something
 * stays. `path`: where the gateway deletes one.
 */
export const givenCollections = {
  files: { path: '/api/files', list: '/api/files?page_size=100' },
  workflows: { path: '/api/workflows', list: '/api/workflows?page_size=100' },
  'workflow templates': { path: '/api/templates' },
  'API keys': { path: '/api/auth/tokens', list: '/api/auth/tokens' },
  conversations: { path: '/api/sessions' },
  bases: { path: '/api/airtable/v0/meta/bases' },
  workspaces: { path: '/api/workspaces', list: '/api/workspaces' },
} as const satisfies Record<string, { path: string; list?: string }>;

export const GivenCollection = z.enum(
  Object.keys(givenCollections) as [keyof typeof givenCollections, ...(keyof typeof givenCollections)[]],
);
export type GivenCollection = z.infer<typeof GivenCollection>;

/** Paths whose POST creates an object, without `/api` and `/v1`; `id` is the field of the response with its id. */
const creating: readonly { path: RegExp; collection: GivenCollection; id: string }[] = [
  { path: /^\/files(\/upload)?$/, collection: 'files', id: 'id' },
  { path: /^\/workflows$/, collection: 'workflows', id: 'id' },
  { path: /^\/templates$/, collection: 'workflow templates', id: 'id' },
  { path: /^\/templates\/[^/]+\/create-workflow$/, collection: 'workflows', id: 'id' },
  { path: /^\/workspaces$/, collection: 'workspaces', id: 'id' },
  { path: /^\/auth\/tokens$/, collection: 'API keys', id: 'id' },
  { path: /^\/chat$/, collection: 'conversations', id: 'session_id' },
  { path: /^\/sessions$/, collection: 'conversations', id: 'id' },
  { path: /^(\/airtable)?\/v0\/meta\/bases$/, collection: 'bases', id: 'id' },
];

const withoutPrefix = (path: string): string =>
  path.replace(/[?#].*$/, '').replace(/^\/api(\/v1)?(?=\/)/, '');

/** What a POST to this path creates; undefined if it creates nothing. */
export function createdCollection(path: string): GivenCollection | undefined {
  return creating.find((one) => one.path.test(withoutPrefix(path)))?.collection;
}

/** The object that a successful POST has created, at the gateway or at a service; undefined if it is none. */
export function createdObject(
  path: string,
  json: unknown,
): { collection: GivenCollection; id: string } | undefined {
  const found = creating.find((one) => one.path.test(withoutPrefix(path)));
  const value = found && z.record(z.string(), z.unknown()).safeParse(json).data?.[found.id];
  return found && typeof value === 'string' ? { collection: found.collection, id: value } : undefined;
}

/** Whether a request of a signed-in user changes the account itself or ends one of its sessions. */
export function changesAccount(method: string, path: string): boolean {
  const plain = withoutPrefix(path);
  if (method === 'POST') return /^\/auth\/(change-password|delete-account|logout)$/.test(plain);
  if (method === 'DELETE') return /^\/(auth\/sessions|users)\//.test(plain);
  return ['PUT', 'PATCH'].includes(method) && /^\/users\//.test(plain);
}
