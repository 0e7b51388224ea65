import type { BootFacts, LogLine } from '../../evidence/facts.ts';

/** What is known of a node without a request to it. */
export interface NodeObservation {
  /** Whether it is ready, as far as the observer knows. */
  ready: boolean;
  /** Whether it has ended, so waiting for it is of no use. */
  ended: boolean;
  /** One clause for the reader, e.g. `container pyairtable-gateway-1 exited with code 78`. */
  state: string;
}

/** Looks at the nodes of a target from the machine that they run on. It changes nothing. */
export interface ObservedNodes {
  readonly nodes: readonly { name: string; kind: BootFacts['kind'] }[];
  /** @returns undefined for a node that it cannot see */
  observe(node: string): Promise<NodeObservation | undefined>;
  /** The end of a node's log without secrets; empty if it cannot be read. */
  lastLines(node: string): Promise<readonly LogLine[]>;
}
