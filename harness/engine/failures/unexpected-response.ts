import { ProductFailure } from './product-failure.ts';

/** The system under test responded, but not with what a check needs in order to continue. */
export class UnexpectedResponse extends ProductFailure {
  /** An HTTP status such as `500`, an SQLSTATE such as `42P01`, or a Redis error code such as `NOAUTH`. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
