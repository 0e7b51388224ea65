/** Another execution holds the saga now; this one must no longer change it. */
export class SagaTaken extends Error {
  override readonly name = 'SagaTaken';
  constructor() {
    super('another execution holds this saga now');
  }
}

/** A user requested the end of the saga. The message is the reason. */
export class StopRequested extends Error {
  override readonly name = 'StopRequested';
}

/** The timeout of the whole saga has passed. */
export class SagaTimeout extends Error {
  override readonly name = 'SagaTimeout';
}
