import { readFileSync } from 'node:fs';
import proxyAddr from '@fastify/proxy-addr';
import { z } from 'zod';
import { type ServiceContract, serviceNames } from '../../contracts/service.ts';
import { databaseHosts } from '../postgres/database-hosts.ts';
import { redisAddress } from '../redis/redis-address.ts';

/** Exit code for an invalid configuration (`EX_CONFIG` of sysexits.h). */
export const configExitCode = 78;

/** An invalid environment variable. */
export interface ConfigProblem {
  variable: string;
  problem: string;
  example: string | undefined;
}

/** The environment is not a valid configuration. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(describeProblem).join('\n'));
    this.problems = problems;
  }
}

function describeProblem({ variable, problem, example }: ConfigProblem): string {
  return `${variable}: ${problem}${example === undefined ? '' : ` (example: ${variable}=${example})`}`;
}

const portRange = 'must be a number from 0 to 65535';
const positiveInteger = 'must be a whole number above 0';

/** @throws TypeError that does not repeat the value */
function assertProxyRanges(ranges: readonly string[]): void {
  try {
    proxyAddr.compile([...ranges]);
  } catch {
    throw new TypeError(
      'must be IP addresses and ranges, separated by commas; a range of all addresses is none',
    );
  }
}

/** A check that `read` accepts the value. The message of its error becomes the problem. */
function readableBy<T>(read: (value: T) => unknown) {
  return (value: T, context: z.RefinementCtx<T>): void => {
    try {
      read(value);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
    }
  };
}

/** Schemas for environment variables of several processes. */
export const variables = {
  port: z.coerce
    .number(portRange)
    .refine((port) => Number.isInteger(port) && port >= 0 && port <= 65535, portRange)
    .meta({ example: '8007' }),
  databaseUrl: z
    .string()
    .superRefine(readableBy(databaseHosts))
    .meta({ example: 'postgresql://user_service:secret@127.0.0.1:5432/pyairtable' }),
  redisUrl: z.string().superRefine(readableBy(redisAddress)).meta({ example: 'redis://127.0.0.1:6379/0' }),
  httpUrl: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .transform((url) => url.replace(/\/+$/, ''))
    .meta({ example: 'http://127.0.0.1:8007' }),
  /** The origin under which clients reach a process, where a proxy stands in front of it. */
  publicUrl: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .transform((url) => url.replace(/\/+$/, ''))
    .refine((url) => new URL(url).origin === url, 'must not have a path')
    .optional()
    .meta({ example: 'https://platform.example.com' }),
  /** 32 bytes in base64, for AES-256. */
  key256: z
    .string()
    .refine((text) => Buffer.from(text, 'base64').length === 32, 'must be 32 bytes in base64')
    .meta({ example: 'the output of: openssl rand -base64 32' }),
  positiveInt: z.coerce
    .number({
      error: ({ code, maximum }: { code: string; maximum?: unknown }) =>
        code === 'too_big' ? `must be a whole number from 1 to ${maximum}` : positiveInteger,
    })
    .refine((number) => Number.isSafeInteger(number) && number > 0, positiveInteger)
    .meta({ example: '10' }),
  /** Addresses and ranges whose `x-forwarded-for` counts. `0.0.0.0/0` is none: every client could choose its address. */
  trustedProxies: z
    .string()
    .default('')
    .transform((text) => text.split(',').flatMap((range) => range.trim() || []))
    .superRefine(readableBy(assertProxyRanges))
    .meta({ example: '10.0.0.0/8,fd00::/8' })
    .describe('Load balancers in front of this process, whose X-Forwarded-For names the client'),
  flag: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .meta({ example: 'true' }),
} as const;

/** Variables of every process. Services extend it with their own. */
export const baseConfig = z.object({
  HOST: z.string().min(1).default('127.0.0.1').meta({ example: '127.0.0.1' }),
  PORT: variables.port,
  LISTEN_FD: z.coerce.number().int().min(3).optional().meta({ example: '3' }),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .meta({ example: 'info' }),
  INTERNAL_API_KEY: z
    .string('is required')
    .min(32, 'must have at least 32 characters')
    .meta({ example: 'the output of: openssl rand -hex 32' }),
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe(
      'Share of the traces started here that are recorded; traces of callers follow the callers’ flag',
    ),
  OTEL_EXPORTER_OTLP_ENDPOINT: variables.httpUrl
    .optional()
    .meta({ example: 'http://127.0.0.1:4318' })
    .describe('OTLP/HTTP receiver of spans; without it none are exported'),
});
export type BaseConfig = z.output<typeof baseConfig>;

/** Variables of services that verify access tokens. */
export const tokenConfig = z.object({
  JWT_ISSUER: z.string().min(1).default('pyairtable').meta({ example: 'pyairtable' }),
  JWT_AUDIENCE: z.string().min(1).default('pyairtable-api').meta({ example: 'pyairtable-api' }),
});

/** Variables for `openAccess`: services with routes of access `user`. */
export const accessConfig = tokenConfig.extend({
  REDIS_URL: variables.redisUrl,
  PLATFORM_SERVICES_URL: variables.httpUrl,
});
export type AccessConfig = z.output<typeof accessConfig>;

/** How long an idempotency key is stored by default, hours. */
export const defaultKeptHours = 24;

/** Variables for `openOwnDatabase`: services that store data. `role` appears in the example. */
export function databaseConfig(role: string) {
  return z.object({
    DATABASE_URL: variables.databaseUrl.meta({
      example: `postgresql://${role}:secret@127.0.0.1:5432/pyairtable`,
    }),
    DATABASE_POOL_SIZE: variables.positiveInt.default(8).meta({ example: '8' }),
    IDEMPOTENCY_HOURS: variables.positiveInt
      .default(defaultKeptHours)
      .meta({ example: String(defaultKeptHours) })
      .describe('How long an Idempotency-Key and its response are stored, hours'),
  });
}
export type DatabaseConfig = z.output<ReturnType<typeof databaseConfig>>;

export interface ReadConfigOptions {
  env: Readonly<Record<string, string | undefined>>;
  /** Values of missing variables, for example the contract's port. */
  defaults?: Readonly<Record<string, string>>;
}

/**
 * Reads the environment once. An empty variable counts as missing. `<NAME>_FILE` names a file with the value of
 * `<NAME>`, for secrets that are mounted as files; an empty file counts as missing too.
 * @throws ConfigError with each invalid variable, its problem and an example.
 */
export function readConfig<S extends z.ZodObject>(schema: S, options: ReadConfigOptions): z.output<S> {
  const input: Record<string, string> = {};
  const fileProblems: ConfigProblem[] = [];
  for (const name of Object.keys(schema.shape)) {
    const given = configured(name, options.env);
    if (typeof given === 'object') fileProblems.push(given);
    const value = given || options.defaults?.[name];
    if (typeof value === 'string') input[name] = value;
  }
  const result = schema.safeParse(input);
  if (result.success && fileProblems.length === 0) return result.data;
  // A value that could not be read is not reported as missing too.
  const unread = new Set(fileProblems.map(({ variable }) => variable.replace(fileSuffix, '')));
  const problems = (result.error?.issues ?? []).map((issue) => {
    const variable = String(issue.path[0] ?? 'environment');
    const declared = schema.shape[variable] as z.ZodType | undefined;
    const missing = options.env[`${variable}_FILE`]
      ? `is required, and the file of ${variable}_FILE is empty`
      : 'is required';
    return {
      variable,
      problem: input[variable] === undefined ? missing : issue.message,
      example: declared?.meta()?.example as string | undefined,
    };
  });
  throw new ConfigError([...fileProblems, ...problems.filter(({ variable }) => !unread.has(variable))]);
}

const fileSuffix = /_FILE$/;

/** The value of a variable or of the file that `<NAME>_FILE` names, and what is wrong with that file. */
function configured(name: string, env: ReadConfigOptions['env']): string | ConfigProblem | undefined {
  const variable = `${name}_FILE`;
  const file = env[variable];
  const problem = (text: string) => ({
    variable,
    problem: text,
    example: `/run/secrets/${name.toLowerCase()}`,
  });
  if (!file) return env[name] || undefined;
  if (env[name]) return problem(`and ${name} are both set; set one of them`);
  try {
    // Editors and `echo` end a file with a line break.
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reasons: Readonly<Record<string, string>> = {
      ENOENT: 'does not exist',
      EACCES: 'may not be read by this user',
      EISDIR: 'is a folder',
    };
    return problem(`names the file ${file}, which ${reasons[code ?? ''] ?? `cannot be read: ${code}`}`);
  }
}

/** Default variables: the contract's port, and the peers on this machine at their documented ports. */
export function conventionalDefaults({ port }: ServiceContract): Record<string, string> {
  const peers = Object.entries(conventionalPorts).map(([name, peerPort]) => [
    peerVariable(name),
    `http://127.0.0.1:${peerPort}`,
  ]);
  return { PORT: String(port), ...Object.fromEntries(peers) };
}

/** Name of the variable with a service's base URL, e.g. `USER_SERVICE_URL`. */
export function peerVariable(service: string): string {
  return `${service.toUpperCase().replaceAll('-', '_')}_URL`;
}

/** The documented ports. */
export const conventionalPorts: Readonly<Record<string, number>> = Object.fromEntries(
  serviceNames.map((name, index) => [name, name === 'frontend' ? 3000 : 8000 + index]),
);
