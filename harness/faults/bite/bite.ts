import type { ServiceName } from '../../../platform/contracts/service.ts';
import type { LinkEnd } from '../change.ts';

/** How it is proven that a fault took hold: independent of the checks that must notice it. */
export type Bite =
  | BootBite
  | ExitBite
  | RequestBite
  | ThroughBite
  | SqlBite
  | RedisBite
  | LogBite
  | ProgramBite
  | ContextBite
  | CheckoutBite;

/** A node does not become ready. */
export interface BootBite {
  kind: 'boot';
  node: string;
  /** Matched against the cause, the last probe and the log of the node. */
  shows: RegExp;
}

/** A node that was ready has ended. */
export interface ExitBite {
  kind: 'exit';
  node: string;
}

/** A request that a probe sends. `{name}` in path and body stands for what an earlier one has kept. */
export interface ProbeRequest {
  /** Default: `gateway`. */
  service?: ServiceName;
  /** Default: `GET`, or `POST` with a body or a file. */
  method?: string;
  path: string;
  headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  body?: object;
  /** Sent as the file of a form, as text of so many characters. */
  fileOf?: number;
  /** Names for values of the JSON response, each with the path to it, e.g. `{ id: 'file.id' }`. */
  keep?: Readonly<Record<string, string>>;
}

/** A request has a response of the fault, or none. */
export interface RequestBite extends ProbeRequest {
  kind: 'request';
  /** Whether a new user sends it, with an account made at platform-services itself. Default: a visitor does. */
  signedIn?: true;
  /** Requests before it, each of which must succeed. */
  before?: readonly ProbeRequest[];
  /** The response: `<status> <length of the body>: <body>`, or `no response: <code>`, or `no response within 3 s`. */
  shows: RegExp;
}

/** A request through the link of a fault, as the service would send it, has a response of the fault. */
export interface ThroughBite {
  kind: 'through';
  from: ServiceName;
  to: LinkEnd;
  request: ProbeRequest;
  /** As in a `RequestBite`. */
  shows: RegExp;
}

/** A query of the database owner has a row of the fault. */
export interface SqlBite {
  kind: 'sql';
  query: string;
  /** Matched against the first value of the first row, `null` if there is none. */
  shows: RegExp;
}

/** A command of Redis has an answer of the fault. */
export interface RedisBite {
  kind: 'redis';
  command: readonly [string, ...string[]];
  /** Matched against the answer as JSON. */
  shows: RegExp;
}

/** A node writes a line of the fault to its log, soon after the boot or after a request. */
export interface LogBite {
  kind: 'log';
  node: string;
  shows: RegExp;
  /** Requests that lead to it: their responses do not matter. */
  after?: readonly ProbeRequest[];
}

/** The program that a service runs has the changed code, where nothing but the work of a check would show it. */
export interface ProgramBite {
  kind: 'program';
  service: ServiceName;
  contains: string;
}

/** The build context of the image lacks something. */
export interface ContextBite {
  kind: 'context';
  /** Matched against what is wrong, one sentence each. */
  shows: RegExp;
}

/** A file of the checkout that the checks see has the text of the fault. */
export interface CheckoutBite {
  kind: 'checkout';
  /** Path from the root of the repository. */
  file: string;
  shows: RegExp;
}

/** The method of a request. */
export function methodOf({ method, body, fileOf }: ProbeRequest): string {
  return method ?? (body === undefined && fileOf === undefined ? 'GET' : 'POST');
}

/** What was seen of a fault. */
export interface BiteResult {
  /** Whether the fault took hold. */
  bit: boolean;
  /** What was seen, for the reader. */
  seen: string;
}

/** A bite as a sentence, for the documents. */
export function describeBite(bite: Bite): string {
  switch (bite.kind) {
    case 'boot':
      return `${bite.node} does not become ready: ${pattern(bite)}`;
    case 'exit':
      return `${bite.node} has ended`;
    case 'request':
      return `${methodOf(bite)} ${bite.path} at ${bite.service ?? 'gateway'}: ${pattern(bite)}`;
    case 'through':
      return `${methodOf(bite.request)} ${bite.request.path} from ${bite.from} to ${bite.to}: ${pattern(bite)}`;
    case 'sql':
      return `PostgreSQL: ${pattern(bite)} for \`${bite.query}\``;
    case 'redis':
      return `Redis: ${pattern(bite)} for \`${bite.command.join(' ')}\``;
    case 'log':
      return `the log of ${bite.node}: ${pattern(bite)}`;
    case 'program':
      return `the program of ${bite.service} contains \`${bite.contains}\``;
    case 'context':
      return `the build context of the image: ${pattern(bite)}`;
    case 'checkout':
      return `${bite.file}: ${pattern(bite)}`;
  }
}

const pattern = ({ shows }: { shows: RegExp }): string => `\`${shows.source}\``;
