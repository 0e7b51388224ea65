import type { AlertNotification } from '../../../evidence/alert-notification.ts';

/** Where the monitoring of the platform is, and what it must contain. */
export interface MonitoringAccess {
  /** Base URL without trailing slash. */
  prometheusUrl: string;
  /** Headers of every request to Prometheus. Default: none. */
  headers?: Readonly<Record<string, string>>;
  /** Names of all rules of the description. */
  rules: readonly string[];
  /** Every expression of a dashboard or alert, which must have a value. */
  expressions: readonly { place: string; expression: string }[];
  /** Absent where the harness did not start the monitoring: its files and notifications are out of reach. */
  alerting?: AlertingAccess;
}

/** The alerts of a monitoring that the harness started. */
export interface AlertingAccess {
  /** Base URL without trailing slash. */
  alertmanagerUrl: string;
  rulesFile: string;
  alertmanagerConfigFile: string;
  /** Path of `amtool`. */
  amtool: string;
  notifications(): readonly AlertNotification[];
}

export interface Target {
  job: string;
  instance: string;
  /** The service that it belongs to, if any. */
  service?: string;
  up: boolean;
  error: string;
}

export interface Rule {
  name: string;
  healthy: boolean;
  state?: string;
  error: string;
}

/** The monitoring of the platform; needs the capability `monitoring`. */
export interface MonitoringInstrument {
  /** The targets of Prometheus, once each of them has been scraped after the call. */
  targets(): Promise<Target[]>;
  /** The rules of Prometheus, once each of them has been evaluated. */
  rules(): Promise<Rule[]>;
  /** What the description says. */
  described(): Pick<MonitoringAccess, 'rules' | 'expressions'>;
  /** Number of series that an expression gives now; a failed query is a text with the reason. */
  query(expression: string): Promise<number | string>;
  /** What `promtool check rules` and `amtool check-config` find, one line each; empty when they find nothing. */
  validateFiles(): Promise<string[]>;
  /** The configuration that Alertmanager uses. */
  alertmanagerConfig(): Promise<string>;
  /**
   * Waits until the receiver got a notification about an alert since `sinceMs` (`performance.now()`).
   * @returns the time of its arrival, or undefined when the wait ends first
   */
  notified(
    alert: string,
    status: AlertNotification['status'],
    wait: { sinceMs: number; limitMs: number },
  ): Promise<number | undefined>;
  /** Waits until an alert of Prometheus is inactive. @returns false when the wait ends first */
  inactive(alert: string, limitMs: number): Promise<boolean>;
}
