/** Another process runs the saga now; this one must no longer change it. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
  constructor() {
    super('another process runs this saga now');
  }
}

/** This process ends; another one resumes the saga. */
export class Stopping extends Error {
  override readonly name = 'Stopping';
  constructor() {
    super('the process that runs this saga is stopping');
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
