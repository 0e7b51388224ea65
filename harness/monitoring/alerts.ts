/** One alert: what is measured, and from which value on it is a problem. */
export interface Alert {
  name: string;
  severity: 'critical' | 'warning';
  /** An expression that has a value while everything is well, so that a missing metric is noticed. */
  measure: string;
  operator: '>' | '<' | '==';
  limit: number;
  summary: string;
  /** What to do first. */
  action: string;
}

/** A value that several alerts and dashboards use, computed once per evaluation. */
export interface Recording {
  name: string;
  expression: string;
}

/** Requests per second and service; 0 for responses that a service has not sent yet. */
const errors = 'sum by (service) (rate(http_requests_total{status_code=~"5.."}[$window]))';
const requests = 'sum by (service) (rate(http_requests_total[$window]))';

export const recordings: readonly Recording[] = [
  { name: 'service:http_requests:rate', expression: requests },
  { name: 'service:http_errors:rate', expression: `${errors} or 0 * ${requests}` },
  {
    name: 'service:http_request_duration_seconds:p95',
    expression:
      'histogram_quantile(0.95, sum by (service, le) (rate(http_request_duration_seconds_bucket[$window])))',
  },
];

/** The limits of the assessment's monitoring: 1 min down, 0.1 errors/s, 80 % of a resource, a queue of 100. */
export const alerts: readonly Alert[] = [
  {
    name: 'TargetDown',
    severity: 'critical',
    measure: 'up',
    operator: '==',
    limit: 0,
    summary: '{{ $labels.job }} {{ $labels.instance }} does not respond to scrapes',
    action: 'Look at the state and the last log lines of the process or container.',
  },
  {
    name: 'ServiceNotReady',
    severity: 'critical',
    measure: 'probe_success{job="readiness"}',
    operator: '==',
    limit: 0,
    summary: '{{ $labels.service }} is not ready',
    action: 'GET /ready of the service names the dependency that fails.',
  },
  {
    name: 'StoreDown',
    severity: 'critical',
    measure:
      'label_replace(pg_up, "store", "postgres", "", "") or label_replace(redis_up, "store", "redis", "", "")',
    operator: '==',
    limit: 0,
    summary: '{{ $labels.store }} does not accept connections',
    action: 'Look at the log of the store, its disk and its connection limit.',
  },
  {
    name: 'GatewayErrors',
    severity: 'critical',
    measure: 'service:http_errors:rate{service="gateway"}',
    operator: '>',
    limit: 0.05,
    summary: 'The gateway responds with {{ $value | humanize }} errors per second',
    action: 'Search the gateway’s log for "request failed" and follow the trace_id to the service.',
  },
  {
    name: 'ServiceErrors',
    severity: 'warning',
    measure: 'service:http_errors:rate{service!="gateway"}',
    operator: '>',
    limit: 0.1,
    summary: '{{ $labels.service }} responds with {{ $value | humanize }} errors per second',
    action: 'Search the log of the service for "request failed".',
  },
  {
    name: 'SlowService',
    severity: 'warning',
    measure: 'service:http_request_duration_seconds:p95{service!~"gateway|llm-orchestrator"}',
    operator: '>',
    limit: 1,
    summary: 'The 95th percentile of {{ $labels.service }} is {{ $value | humanizeDuration }}',
    action: 'Compare event loop delay, connections of PostgreSQL and processor time.',
  },
  {
    name: 'SlowGateway',
    severity: 'warning',
    measure: 'service:http_request_duration_seconds:p95{service="gateway"}',
    operator: '>',
    limit: 2,
    summary: 'The 95th percentile of the gateway is {{ $value | humanizeDuration }}',
    action: 'Find the slow service in the dashboard of services.',
  },
  {
    name: 'SlowModel',
    severity: 'warning',
    measure: 'service:http_request_duration_seconds:p95{service="llm-orchestrator"}',
    operator: '>',
    limit: 10,
    summary: 'The 95th percentile of chat is {{ $value | humanizeDuration }}',
    action: 'Read model_problem in GET /cost-tracking/status of llm-orchestrator.',
  },
  {
    name: 'SignInsRejected',
    severity: 'warning',
    // The gateway counts every attempt, also those that its limit rejects.
    measure:
      'sum(rate(http_requests_total{service="gateway",route=~".*/auth/login",status_code=~"401|429"}[$window])) or vector(0)',
    operator: '>',
    limit: 2,
    summary: '{{ $value | humanize }} sign-ins per second are rejected',
    action:
      'Find the source addresses in the gateway’s log and block them; look for accounts that were locked.',
  },
  {
    name: 'SagaNotCompensated',
    severity: 'critical',
    measure: 'sum(increase(saga_compensations_total{status="compensation_failed"}[$window]))',
    operator: '>',
    limit: 0,
    summary: 'A saga could not be compensated, so its data is inconsistent',
    action: 'List the sagas of status compensation_failed and complete their steps by hand.',
  },
  {
    name: 'SagaQueueLong',
    severity: 'warning',
    measure: 'active_sagas',
    operator: '>',
    limit: 100,
    summary: '{{ $value }} sagas run or wait',
    action: 'Find the step that most of them wait for, and the service behind it.',
  },
  {
    name: 'ServiceRestarts',
    severity: 'warning',
    measure: 'changes(process_start_time_seconds{job="services"}[$window])',
    operator: '>',
    limit: 1,
    summary: '{{ $labels.service }} restarts repeatedly',
    action: 'Read the last log lines before each start.',
  },
  {
    name: 'EventLoopBlocked',
    severity: 'warning',
    measure: 'nodejs_eventloop_lag_p99_seconds',
    operator: '>',
    limit: 1,
    summary: 'The event loop of {{ $labels.service }} is blocked for {{ $value | humanizeDuration }}',
    action: 'Take a processor profile of the service.',
  },
  {
    name: 'RedisMemoryHigh',
    severity: 'warning',
    measure: 'redis_memory_used_bytes / redis_memory_max_bytes',
    operator: '>',
    limit: 0.8,
    summary: 'Redis uses {{ $value | humanizePercentage }} of its memory',
    action: 'Find large keys with redis-cli --bigkeys; without free memory Redis rejects writes.',
  },
  {
    name: 'PostgresConnectionsHigh',
    severity: 'warning',
    measure: 'sum(pg_stat_activity_count) / max(pg_settings_max_connections)',
    operator: '>',
    limit: 0.8,
    summary: 'PostgreSQL uses {{ $value | humanizePercentage }} of its connections',
    action: 'Find the role with most connections in pg_stat_activity.',
  },
  {
    name: 'ProcessorBusy',
    severity: 'warning',
    measure: '1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[$window]))',
    operator: '>',
    limit: 0.8,
    summary: 'The processors of {{ $labels.instance }} are {{ $value | humanizePercentage }} busy',
    action: 'Find the process with top, or add replicas.',
  },
  {
    name: 'MemoryLow',
    severity: 'warning',
    measure: 'node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes',
    operator: '<',
    limit: 0.2,
    summary: 'Only {{ $value | humanizePercentage }} of the memory of {{ $labels.instance }} is available',
    action: 'Find the process that grows in the dashboard of services.',
  },
  {
    name: 'DiskFull',
    severity: 'warning',
    measure:
      'min by (instance) (node_filesystem_avail_bytes{fstype!~"tmpfs|ramfs"} / (node_filesystem_size_bytes{fstype!~"tmpfs|ramfs"} > 0))',
    operator: '<',
    limit: 0.2,
    summary: 'Only {{ $value | humanizePercentage }} of a disk of {{ $labels.instance }} is free',
    action: 'Remove old logs and backups, or enlarge the disk.',
  },
];
