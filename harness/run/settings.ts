import { z } from 'zod';
import { ReadinessError } from '../errors/readiness-error.ts';

/** Every environment variable the harness itself reads; nothing else in it looks at the environment. */
const Variables = z.object({
  PATH: z.string().default(''),
  READINESS_CHROMIUM: z.string().min(1).optional(),
  READINESS_K6: z.string().min(1).optional(),
  PLAYWRIGHT_BROWSERS_PATH: z.string().optional(),
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
  path: string;
  /** What outside tools are looked for by: PATH, and the variables that name one. */
  toolEnvironment: NodeJS.ProcessEnv;
  /** Passed on to llm-orchestrator; without a key its model stays unmeasured. */
  languageModel: Readonly<Record<string, string>>;
  /** Folder of bundles and the prepared database; default `.cache` in the package. */
  cacheDir?: string;
  /** Folder of the run folders; default `reports/runs` in the package. */
  runsDir?: string;
  /** What the terminal rendering goes by. */
  terminal: Readonly<Record<'NO_COLOR' | 'FORCE_COLOR' | 'CI' | 'TERM', string | undefined>>;
  /** True when npm started the harness: then it also ends when npm is gone. */
  startedByNpm: boolean;
}

/** @throws ReadinessError (exit code 2) naming the variable and its problem. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const parsed = Variables.safeParse(environment);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new ReadinessError('setting-invalid', `${String(issue?.path[0])}: ${issue?.message}`);
  }
  const variables = parsed.data;
  return {
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
