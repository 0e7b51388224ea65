import type { BootFacts } from '../../evidence/facts.ts';

type Failure = NonNullable<BootFacts['failure']>;

/** A node did not get to its goal. Part of what a boot reports, never a reason for the boot itself to throw. */
export class NodeFailure extends Error {
  override readonly name = 'NodeFailure';
  readonly kind: Failure['kind'];
  /** Whose failure it is. */
  readonly by: Failure['by'];

  constructor(kind: Failure['kind'], by: Failure['by'], cause: string) {
    super(cause);
    this.kind = kind;
    this.by = by;
  }
}
