import type { BootFacts } from '../../evidence/facts.ts';

type Failure = NonNullable<BootFacts['failure']>;

/** A node failed to start. It becomes part of the boot's facts; the boot itself does not throw it. */
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
