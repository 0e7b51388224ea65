import { ProductFailure } from './product-failure.ts';

/** The system under test answered, but refused or spoiled something a check needs in order to go on. */
export class SubjectFailed extends ProductFailure {
  /** What it answered with: an HTTP status such as `500`, or an SQLSTATE such as `42P01`. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
