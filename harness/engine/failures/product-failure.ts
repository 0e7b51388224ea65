/**
 * The system under test did not do what the check needs in order to continue, e.g. it did not respond, or it rejected
 * a request that prepares the check. Counts as the product's failure; everything else that a check throws is the
 * harness's failure.
 */
export class ProductFailure extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}
