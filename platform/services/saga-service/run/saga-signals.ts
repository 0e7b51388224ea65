/** Another process runs the saga now: this one must not touch it any more. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
  constructor() {
    super('another process runs this saga now');
  }
}

/** The process ends: whoever takes the saga over goes on with it. */
export class Stopping extends Error {
  override readonly name = 'Stopping';
  constructor() {
    super('the process that runs this saga is stopping');
  }
}

/** Somebody asked for the saga to end before its last step. */
export class StopRequested extends Error {
  override readonly name = 'StopRequested';
}

/** The time of the whole saga is over. */
export class SagaTimeout extends Error {
  override readonly name = 'SagaTimeout';
}
