import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

/** Root folder of the repository. */
export const root = resolve(import.meta.dirname, '../..');

const Service = z.object({
  /** Empty in a file that only adds to a service of another one. */
  image: z.string().default(''),
  user: z.string().optional(),
  read_only: z.boolean().optional(),
  init: z.boolean().optional(),
  cap_drop: z.array(z.string()).optional(),
  cap_add: z.array(z.string()).optional(),
  security_opt: z.array(z.string()).optional(),
  privileged: z.boolean().optional(),
  network_mode: z.string().optional(),
  restart: z.string().optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
  secrets: z.array(z.string()).default([]),
  networks: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  healthcheck: z.record(z.string(), z.unknown()).optional(),
  deploy: z
    .object({
      resources: z.object({
        limits: z.object({ cpus: z.string(), memory: z.string(), pids: z.number() }),
      }),
    })
    .optional(),
});
export type ComposeService = z.infer<typeof Service>;

const File = z.object({
  services: z.record(z.string(), Service),
  networks: z.record(z.string(), z.object({ internal: z.boolean().optional() }).nullable()).default({}),
  volumes: z.record(z.string(), z.null()).default({}),
  secrets: z.record(z.string(), z.object({ file: z.string() })).default({}),
});

/** Text of a compose file in the root folder. */
export function composeText(name: string): string {
  return readFileSync(join(root, name), 'utf8');
}

/** A compose file in the root folder, with merged parts put together and variables as they are written. */
export function readCompose(name: string): z.infer<typeof File> {
  return File.parse(parse(composeText(name), { merge: true }));
}

/** A text with the defaults of its variables, e.g. `${BIND_ADDRESS:-127.0.0.1}`. */
export function withDefaults(text: string): string {
  const filled = text.replaceAll(/\$\{\w+(?::-([^${}]*))?\}/g, (_, fallback: string | undefined) => fallback ?? '');
  return filled === text ? text : withDefaults(filled);
}
