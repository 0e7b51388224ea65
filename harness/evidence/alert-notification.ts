/** One alert in a notification that Alertmanager delivered to the harness. */
export interface AlertNotification {
  alert: string;
  status: 'firing' | 'resolved';
  labels: Readonly<Record<string, string>>;
  /** `performance.now()` of the harness when it arrived. */
  atMs: number;
}
