import type { CheckDefinition } from '../engine/check.ts';
import type { ExitCode } from '../errors/exit-code.ts';
import type { Injection } from '../faults/fault.ts';
import type { Result } from '../judge/result.ts';
import type { ObservedNodes } from '../runtime/external/observed-nodes.ts';
import type { Target } from '../runtime/external/target.ts';
import type { ChangedPlatform } from './platform/change-platform.ts';
import type { OpenPlatform } from './platform/open-platform.ts';
import type { ProbedFault } from './platform/probe-faults.ts';
import type { RuntimeName } from './platform/runtime-name.ts';
import type { RunPart, StackAddition } from './platform/stack-addition.ts';

/** A deployed platform to measure instead of one that the run boots. */
export interface TargetRequest {
  /** Path of the target file, or the option that takes its place, for messages. */
  file: string;
  target: Target;
  /** Name of the compose project on this machine that is the target. */
  adopted?: string;
  /** What the container engine reports about the nodes; undefined: the harness sees responses only. */
  nodes?: ObservedNodes;
}

/** A platform whose checks have run. */
export interface FaultyRun {
  platform: OpenPlatform;
  /** Disposing it lifts the faults that can be lifted without a boot. */
  changed: ChangedPlatform;
  bites: readonly ProbedFault[];
  signal: AbortSignal;
}

/** What one run measures, and how it is reported. */
export interface RunRequest {
  definitions: readonly CheckDefinition[];
  /** Ids to measure. All other checks stay in the plan as unmeasured. */
  selected: ReadonlySet<string>;
  /** Time limit of the whole boot, seconds. */
  bootTimeout: number;
  /** Default: boot the platform as processes. */
  target?: TargetRequest;
  fixedPorts?: boolean;
  /** Additional parts of the platform; checks of absent ones are unmeasured. Default: none. */
  with?: readonly StackAddition[];
  /** What is left out; its checks are unmeasured. Default: nothing. */
  without?: readonly RunPart[];
  /** Default: `process`. */
  runtime?: RuntimeName;
  /** Maximum number of shared checks that run at the same time. */
  concurrency: number;
  /** Faults to inject. */
  injections: readonly Injection[];
  /** How long checks wait while a fault is in force; see `CheckContext.patience`. Default: 1. */
  patienceUnderFault?: number;
  /** Default: random. */
  seed?: number;
  /** Limits of the gateway other than the default ones, by the name of the variable. Default: none. */
  limits?: Readonly<Record<string, string>>;
  /** Keeps the platform running after the checks until the user interrupts the run. */
  keepUp?: boolean;
  /** Called when the platform has booted, before faults are injected into it. */
  beforeFaults?(platform: OpenPlatform): Promise<void>;
  /** Called when the checks have ended, while the platform and its faults are there. */
  afterChecks?(run: FaultyRun): Promise<void>;
  /** Shows the judged result. @returns the exit code of the run */
  report(result: Result, runDir: string): Promise<ExitCode>;
}
