import { z } from 'zod';
import { ReadinessError } from '../errors/readiness-error.ts';

/** Limits of the gateway and of sessions that `up` and `check --keep-up` pass on to the services. */
const limitSettings = [
  'RATE_LIMIT_LOGIN',
  'RATE_LIMIT_REGISTER',
  'RATE_LIMIT_REFRESH',
  'RATE_LIMIT_RECOVERY',
  'RATE_LIMIT_WEBHOOK',
  'RATE_LIMIT_USER',
  'RATE_LIMIT_BASE',
  'RATE_LIMIT_BASE_WAIT_MS',
  'RATE_LIMIT_BASE_PENALTY_SECONDS',
  'RATE_LIMIT_EXEMPT_ADDRESSES',
  'REFRESH_GRACE_SECONDS',
  'SOCKETS_PER_PROCESS',
  'SOCKETS_PER_TENANT',
  'SOCKETS_PER_USER',
] as const;

/** All environment variables of the harness. No other code of the harness reads the environment. */
const Variables = z.object({
  PATH: z.string().default(''),
  READINESS_CHROMIUM: z.string().min(1).optional(),
  READINESS_K6: z.string().min(1).optional(),
  PLAYWRIGHT_BROWSERS_PATH: z.string().optional(),
  READINESS_POSTGRES_IMAGE: z.string().min(1).optional(),
  READINESS_REDIS_IMAGE: z.string().min(1).optional(),
  READINESS_PLATFORM_IMAGE: z.string().min(1).optional(),
  READINESS_NODE_IMAGE: z.string().min(1).optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url({ protocol: /^http$/, error: 'must be an http URL' }).optional(),
  GEMINI_API_KEY: z.string().min(1).optional(),
  GEMINI_API_URL: z.string().min(1).optional(),
  HOME: z.string().optional(),
  XDG_CACHE_HOME: z.string().optional(),
  READINESS_CACHE: z.string().min(1).optional(),
  READINESS_RUNS: z.string().min(1).optional(),
  NO_COLOR: z.string().optional(),
  FORCE_COLOR: z.string().optional(),
  CI: z.string().optional(),
  TERM: z.string().optional(),
  npm_lifecycle_event: z.string().optional(),
});

export interface Settings {
  /** The value of a variable that a target file names. */
  readSecret(name: string): string | undefined;
  path: string;
  /** The variables that locate external tools: PATH, and those that name a tool. */
  toolEnvironment: NodeJS.ProcessEnv;
  /** Forwarded to llm-orchestrator. Without a key the model stays unmeasured. */
  languageModel: Readonly<Record<string, string>>;
  /** The limits that the user has set, by the name of the service's variable. A run uses the defaults. */
  limits: Readonly<Record<string, string>>;
  /** Where `up` lets the services export their spans (OTLP/HTTP as JSON). */
  telemetryEndpoint?: string;
  /** Other container images than the default ones. */
  images: { postgres?: string; redis?: string; platform?: string; node?: string };
  /** What npm reads: its own variables and those of proxies, which the harness does not use itself. */
  npmEnvironment: NodeJS.ProcessEnv;
  /** Default: `.cache` in the package. */
  cacheDir?: string;
  /** Default: `reports/runs` in the package. */
  runsDir?: string;
  /** The variables that control the terminal output. */
  terminal: Readonly<Record<'NO_COLOR' | 'FORCE_COLOR' | 'CI' | 'TERM', string | undefined>>;
  /** Whether npm started the harness. If so, the harness stops when npm exits. */
  startedByNpm: boolean;
}

/** @throws ReadinessError (exit code 2) that names the variable and its problem. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const parsed = Variables.safeParse(environment);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new ReadinessError('setting-invalid', `${String(issue?.path[0])}: ${issue?.message}`);
  }
  const variables = parsed.data;
  const all = { ...environment };
  return {
    readSecret: (name) => all[name],
    path: variables.PATH,
    toolEnvironment: {
      PATH: variables.PATH,
      READINESS_CHROMIUM: variables.READINESS_CHROMIUM,
      READINESS_K6: variables.READINESS_K6,
      PLAYWRIGHT_BROWSERS_PATH: variables.PLAYWRIGHT_BROWSERS_PATH,
      HOME: variables.HOME,
      XDG_CACHE_HOME: variables.XDG_CACHE_HOME,
    },
    languageModel: {
      ...(variables.GEMINI_API_KEY ? { GEMINI_API_KEY: variables.GEMINI_API_KEY } : {}),
      ...(variables.GEMINI_API_URL ? { GEMINI_API_URL: variables.GEMINI_API_URL } : {}),
    },
    limits: Object.fromEntries(
      limitSettings.flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])),
    ),
    ...(variables.OTEL_EXPORTER_OTLP_ENDPOINT
      ? { telemetryEndpoint: variables.OTEL_EXPORTER_OTLP_ENDPOINT }
      : {}),
    images: {
      ...(variables.READINESS_POSTGRES_IMAGE ? { postgres: variables.READINESS_POSTGRES_IMAGE } : {}),
      ...(variables.READINESS_REDIS_IMAGE ? { redis: variables.READINESS_REDIS_IMAGE } : {}),
      ...(variables.READINESS_PLATFORM_IMAGE ? { platform: variables.READINESS_PLATFORM_IMAGE } : {}),
      ...(variables.READINESS_NODE_IMAGE ? { node: variables.READINESS_NODE_IMAGE } : {}),
    },
    npmEnvironment: Object.fromEntries(
      Object.entries(environment).filter(([name]) =>
        /^(PATH|HOME|npm_config_.*|(https?|no)_proxy)$/i.test(name),
      ),
    ),
    ...(variables.READINESS_CACHE ? { cacheDir: variables.READINESS_CACHE } : {}),
    ...(variables.READINESS_RUNS ? { runsDir: variables.READINESS_RUNS } : {}),
    terminal: {
      NO_COLOR: variables.NO_COLOR,
      FORCE_COLOR: variables.FORCE_COLOR,
      CI: variables.CI,
      TERM: variables.TERM,
    },
    startedByNpm: variables.npm_lifecycle_event !== undefined,
  };
}
