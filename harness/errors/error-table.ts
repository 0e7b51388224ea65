import { type ExitCode, exitCode } from './exit-code.ts';

export interface ErrorDefinition {
  exitCode: ExitCode;
  /** What happened; docs/errors.md is generated from it. */
  meaning: string;
  /** How to fix it. Without it, the fix depends on the input, and each throw site must give a hint. */
  hint?: string;
}

/**
 * Every expected error of the harness. A code is `<subject>-<problem>` and is never reused for another meaning.
 * The hint printed with an error is the one given where it is thrown, else the one in this table.
 */
export const errorTable = {
  'addition-unsupported': {
    exitCode: exitCode.usage,
    meaning: 'The chosen runtime cannot add what `--with` names.',
  },
  'assessment-invalid': {
    exitCode: exitCode.usage,
    meaning: 'A written assessment does not match its schema, or contradicts itself.',
  },
  'baseline-unusable': {
    exitCode: exitCode.usage,
    meaning: '`baseline accept` got a run that measured no paces of routes, or found them slow.',
    hint: 'Accept a run in which api.load.routes-keep-pace passed: npm run readiness -- check api.load.routes-keep-pace',
  },
  'build-context-incomplete': {
    exitCode: exitCode.harness,
    meaning: 'The image needs something that is not in its build context. The message lists every finding.',
    hint: 'Fix each finding. The build context is the repository without what .dockerignore leaves out.',
  },
  'check-ambiguous': {
    exitCode: exitCode.usage,
    meaning: '`check` needs the id of exactly one check.',
  },
  'check-unknown': {
    exitCode: exitCode.usage,
    meaning: 'No check matches the given id, prefix or category.',
  },
  'compose-failed': {
    exitCode: exitCode.harness,
    meaning: 'Docker Compose could not create the containers of the run.',
  },
  'compose-missing': {
    exitCode: exitCode.harness,
    meaning: 'Docker Compose 2.24 or newer is not installed.',
    hint: 'Install it (Debian: sudo apt-get install -y docker-compose-plugin from download.docker.com), or build it: .ci/compose',
  },
  'compose-project-invalid': {
    exitCode: exitCode.usage,
    meaning: 'The compose project that `--adopt` names does not exist, or lacks what a run needs.',
  },
  'engine-remote': {
    exitCode: exitCode.harness,
    meaning: 'A run on containers found a container engine on another machine.',
    hint: 'The harness reaches containers at 127.0.0.1. Run it on the machine of the engine, or use the local one: DOCKER_HOST=unix:///var/run/docker.sock',
  },
  'engine-unavailable': {
    exitCode: exitCode.harness,
    meaning: 'No container engine responds, or this user may not use it.',
    hint: 'Start Docker (Debian: sudo apt-get install -y docker.io), or set DOCKER_HOST. Without an engine: --runtime process',
  },
  'evidence-altered': {
    exitCode: exitCode.evidence,
    meaning: 'A file of the run is missing or was changed since the run wrote its manifest.',
  },
  'evidence-stale': {
    exitCode: exitCode.evidence,
    meaning: 'The run is too old, or dated in the future, so a release cannot rest on it.',
  },
  'facts-invalid': {
    exitCode: exitCode.harness,
    meaning: 'The facts of a run do not match their schema or their plan.',
  },
  'facts-mismatched': {
    exitCode: exitCode.evidence,
    meaning: 'The facts belong to another plan than the one they are judged with.',
  },
  'fault-invalid': {
    exitCode: exitCode.usage,
    meaning: 'Two faults have one id, or one fault was named twice.',
  },
  'fault-not-injectable': {
    exitCode: exitCode.notProven,
    meaning: 'The chosen runtime cannot inject the fault, so nothing is known about it.',
    hint: 'Use --runtime process.',
  },
  'fault-unknown': {
    exitCode: exitCode.usage,
    meaning: '`--fault`, `--faults`, `prove` or `reproduce` names a fault that does not exist.',
  },
  'file-invalid': {
    exitCode: exitCode.usage,
    meaning: 'A stored file is not JSON, or does not match its schema.',
    hint: 'The file was changed, or another version wrote it. Restore it, or run again.',
  },
  'file-missing': {
    exitCode: exitCode.usage,
    meaning: 'The given path, or a file of the run, cannot be read.',
    hint: 'Give the folder of a finished run, e.g. reports/runs/<id>, or fixtures/assessments/2025-08-07.json',
  },
  'folder-not-writable': {
    exitCode: exitCode.harness,
    meaning: 'A folder that the harness writes into cannot be created or written.',
  },
  'image-missing': {
    exitCode: exitCode.harness,
    meaning: 'A container image is not on this machine, and its registry does not provide it.',
  },
  'image-not-built': {
    exitCode: exitCode.harness,
    meaning: 'The image of the platform could not be built. The message has the last lines of the build.',
  },
  'load-option-invalid': {
    exitCode: exitCode.usage,
    meaning: '`load` or `load manifests` has options that cannot make a load.',
  },
  'load-reports-invalid': {
    exitCode: exitCode.usage,
    meaning: '`load merge` got reports that contradict each other: of two loads, or the same part twice.',
  },
  'load-reports-missing': {
    exitCode: exitCode.notProven,
    meaning: '`load merge` found no whole report of a load runner, so nothing is known.',
    hint: 'Store the logs of the runner pods before the TestRun is deleted: kubectl logs --selector k6_cr=<name>,runner=true --tail=-1 --max-log-requests=100 --prefix',
  },
  'manifest-invalid': {
    exitCode: exitCode.evidence,
    meaning: 'The manifest of a run does not match its schema.',
  },
  'plan-invalid': {
    exitCode: exitCode.usage,
    meaning: 'The checks and the policy do not make a plan that can be judged.',
  },
  'platform-not-stopped': {
    exitCode: exitCode.harness,
    meaning: 'The platform that `up` started did not stop in time.',
  },
  'platform-running': {
    exitCode: exitCode.usage,
    meaning: '`up` found the platform running already.',
    hint: 'npm run readiness -- down',
  },
  'policy-invalid': {
    exitCode: exitCode.usage,
    meaning: 'The policy allows a misleading number.',
  },
  'postgres-missing': {
    exitCode: exitCode.harness,
    meaning: 'The PostgreSQL binaries for this machine are not installed.',
    hint: 'npm ci --include=optional',
  },
  'postgres-user-missing': {
    exitCode: exitCode.harness,
    meaning: 'PostgreSQL cannot run as root, and no unprivileged user exists for it.',
    hint: 'Run as another user, or: useradd --system postgres',
  },
  'reaper-unavailable': {
    exitCode: exitCode.harness,
    meaning: 'The process that cleans up after a run did not start.',
    hint: 'Check the limit on processes (ulimit -u) and the free memory.',
  },
  'monitoring-missing': {
    exitCode: exitCode.harness,
    meaning: '`up --with monitoring` needs programs that are not installed.',
  },
  'monitoring-not-started': {
    exitCode: exitCode.harness,
    meaning: 'A program of monitoring did not start. The message has its last log lines.',
    hint: 'Read logs/monitoring-*.log in the run folder, or run without --with monitoring.',
  },
  'redis-missing': {
    exitCode: exitCode.harness,
    meaning: 'redis-server is not on the PATH.',
    hint: 'Debian and Ubuntu: sudo apt-get install -y redis-server; macOS: brew install redis',
  },
  'render-failed': {
    exitCode: exitCode.harness,
    meaning: 'A report could not be rendered.',
    hint: 'The judged result is unaffected. Fix the template or the renderer, then: npm run readiness -- report <run folder>',
  },
  'service-unknown': {
    exitCode: exitCode.usage,
    meaning: '`--fault` or `reproduce` names a service that the fault cannot be in.',
  },
  'secret-invalid': {
    exitCode: exitCode.usage,
    meaning: 'A secret of docker-compose.yml, or an option of `secrets`, is not valid.',
  },
  'setting-invalid': {
    exitCode: exitCode.usage,
    meaning: 'An environment variable has an invalid value.',
    hint: 'Unset the variable or give it a value, e.g. READINESS_CHROMIUM=/usr/bin/chromium',
  },
  'socket-handover-unsupported': {
    exitCode: exitCode.harness,
    meaning: 'This machine cannot pass listening sockets to the services.',
    hint: 'Run on Linux or macOS with the pinned Node, or with --fixed-ports.',
  },
  'stack-plan-invalid': {
    exitCode: exitCode.usage,
    meaning: 'The nodes and edges of the stack cannot be booted.',
    hint: 'Correct the nodes and edges of the stack plan.',
  },
  'target-invalid': {
    exitCode: exitCode.usage,
    meaning:
      'A target file is missing, does not match its schema, or cannot be combined with another option.',
  },
  'target-secret-missing': {
    exitCode: exitCode.usage,
    meaning:
      'A target file names an environment variable or a file for a secret, and it is not set or cannot be read.',
  },
} as const satisfies Readonly<Record<string, ErrorDefinition>>;

export type ErrorCode = keyof typeof errorTable;

/** Codes with a hint in the table; every other code needs one where it is thrown. */
export type HintedErrorCode = {
  [Code in ErrorCode]: (typeof errorTable)[Code] extends { hint: string } ? Code : never;
}[ErrorCode];
