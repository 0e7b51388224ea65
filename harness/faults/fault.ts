import type { ServiceName } from '../../platform/contracts/service.ts';
import type { Bite } from './bite/bite.ts';
import type { Change } from './change.ts';

/** Where a fault is: what has to be fixed. */
export const faultLayers = [
  'build',
  'process',
  'configuration',
  'store',
  'network',
  'gateway',
  'sign-in',
  'pages',
  'data',
  'model',
  'flows',
  'observability',
  'security',
] as const;
export type FaultLayer = (typeof faultLayers)[number];

/** A known failure to inject on purpose. A run with a fault can never be GO. */
export interface Fault {
  /** `layer.what-is-wrong`, unique. */
  id: string;
  /** What is wrong, as a sentence about the platform without a full stop. */
  title: string;
  layer: FaultLayer;
  /** Blockers of the documented catalogue that it reproduces, e.g. `P8`; empty for a fault that was not met yet. */
  blockers: readonly string[];
  /** The symptom as it was recorded, or as people who met this failure describe it. */
  recorded: string;
  /** What is wrong behind the symptom. */
  cause: string;
  /** What fixes it. */
  fix: string;
  /** The service that it is in, or that meets it, unless another one is given. */
  defaultService: ServiceName;
  /** Further services that it can be in; default: none. */
  services?: readonly ServiceName[];
  /** Seen in the failure of a node, in a log, or in what the checks state. */
  symptom: RegExp;
  in(service: ServiceName): FaultInService;
}

/** A fault in one service. */
export interface FaultInService {
  /** Applied together, in this order, and lifted in the opposite one. */
  changes: readonly Change[];
  /** Shows that the fault took hold. */
  bite: Bite;
  /** Ids of the checks that must fail. */
  red: readonly [string, ...string[]];
  /** Id of the check, or of the node as `boot:` and `exit:`, that must be the first root cause; default: the first of `red`. */
  root?: string;
  /** Ids of checks that must pass meanwhile. */
  green: readonly string[];
}

/** The changes of several faults at once. */
export function changesOf(injections: readonly Injection[]): Change[] {
  return injections.flatMap(({ fault, service }) => [...fault.in(service).changes]);
}

/** A fault in the service that it is injected into. */
export interface Injection {
  fault: Fault;
  service: ServiceName;
}

/** `<fault id>=<service>`. */
export function nameOf({ fault, service }: Injection): string {
  return `${fault.id}=${service}`;
}

/** `<fault id>=<service>`, or several of them with `+` in between. */
export function namesOf(injections: readonly Injection[]): string {
  return injections.map(nameOf).join('+');
}

/** What the checks must say of several faults at once. */
export interface DeclaredOutcomes {
  /** Ids of the checks that must fail. */
  red: readonly string[];
  /** Ids of the checks that must pass: of no fault's concern. */
  green: readonly string[];
  /** The first root causes, in any order: one of each fault. */
  roots: readonly string[];
}

export function declaredOf(injections: readonly Injection[]): DeclaredOutcomes {
  const each = injections.map(({ fault, service }) => fault.in(service));
  const red = [...new Set(each.flatMap((one) => one.red))];
  return {
    red,
    green: [...new Set(each.flatMap((one) => one.green))].filter((id) => !red.includes(id)),
    roots: each.map((one) => one.root ?? one.red[0]),
  };
}
