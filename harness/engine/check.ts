import type { ServiceName } from '../../platform/contracts/service.ts';
import type { Break } from '../faults/break.ts';
import type { Criterion } from '../plan/criterion.ts';
import type { DeclaredCheck } from '../plan/declared-check.ts';
import type { CheckContext } from './context.ts';
import type { Json } from './json.ts';

export type Expectations = Readonly<Record<string, Criterion>>;

/** Every declared expectation must be observed: a missing key is a type error here and not a pass in the judge. */
export type Observations<E extends Expectations> = { [K in keyof E]: Json };

export interface CheckDefinition<E extends Expectations = Expectations> extends DeclaredCheck {
  services?: readonly ServiceName[];
  /**
   * `exclusive` checks run alone, after the others, so that neither disturbs the other. A `drill` breaks something on
   * purpose and heals it, and runs alone after those. A `final-drill` changes the platform for the rest of the run and
   * runs after all others. Default `shared`.
   */
  isolation?: 'shared' | 'exclusive' | 'drill' | 'final-drill';
  /** Whether it looks at the platform before other checks have filled its stores: it starts before them. */
  early?: true;
  /** Typical duration on two cores, seconds, of a check that takes more than a few: it starts early. */
  lasts?: number;
  /**
   * Whether it mostly waits: for a limit of the platform, e.g. Airtable's five requests per second and base, or for
   * another program. Such checks run beside those that use the processor.
   */
  waits?: true;
  expects: E;
  /** What must turn the check red, each proven by `npm run prove:checks`. */
  breaks?: readonly Break[];
  /** Observes and reports. It never decides: the judge compares the observations with `expects`. */
  run(context: CheckContext): Promise<Observations<E>>;
}

/** Declares a check: data plus one function. */
export function defineCheck<const E extends Expectations>(definition: CheckDefinition<E>): CheckDefinition {
  return definition as unknown as CheckDefinition;
}
