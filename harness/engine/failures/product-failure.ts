/**
 * The system under test did not do its part, so that a check cannot go on: no answer, or a preparing
 * request was refused. Counts as the product's failure; everything else that a check throws is the harness's.
 */
export class ProductFailure extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}
