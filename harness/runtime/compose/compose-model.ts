import { basename } from 'node:path';
import { z } from 'zod';

/** The part of a project that the harness reads, as `docker compose config` prints it. */
const Service = z.object({
  command: z.array(z.string()).nullish(),
  environment: z.record(z.string(), z.string().nullable()).default({}),
  secrets: z.array(z.object({ source: z.string() })).default([]),
});
export const ComposeModel = z.object({
  services: z.record(z.string(), Service),
  networks: z.record(z.string(), z.unknown()).default({}),
  volumes: z.record(z.string(), z.unknown()).default({}),
});
export type ComposeModel = z.infer<typeof ComposeModel>;

const fileSuffix = '_FILE';

/** The environment of a service with the values of its secrets instead of the names of their files. */
export function plainEnvironment(
  model: ComposeModel,
  service: string,
  secretFiles: Readonly<Record<string, string>>,
): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(model.services[service]?.environment ?? {})) {
    if (!value) continue;
    const secret = name.endsWith(fileSuffix) ? secretFiles[basename(value)] : undefined;
    if (secret === undefined) plain[name] = value;
    else if (secret !== '') plain[name.slice(0, -fileSuffix.length)] = secret;
  }
  return plain;
}

/**
 * The variables that turn the environment of a service into another one. An empty variable counts as missing for the
 * services, so a variable is removed, and the file of a secret replaced, by an empty text.
 */
export function environmentChanges(
  declared: Readonly<Record<string, string | null>>,
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): Record<string, string> {
  const changes: Record<string, string> = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (before[name] === after[name]) continue;
    changes[name] = after[name] ?? '';
    if (declared[`${name}${fileSuffix}`]) changes[`${name}${fileSuffix}`] = '';
  }
  return changes;
}
