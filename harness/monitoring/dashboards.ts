/** One graph with one expression. */
export interface Panel {
  title: string;
  expression: string;
  /** Unit of Grafana, e.g. `reqps`, `s`, `bytes`. */
  unit: string;
  /** Text of the legend, with labels in double braces. */
  legend: string;
}

export interface Dashboard {
  /** Part of its address, which must not change. */
  uid: string;
  title: string;
  panels: readonly Panel[];
}

const perService = '{{service}}';

export const dashboards: readonly Dashboard[] = [
  {
    uid: 'pyairtable-overview',
    title: 'PyAirtable: overview',
    panels: [
      { title: 'Targets that respond', expression: 'sum by (job) (up)', unit: 'short', legend: '{{job}}' },
      {
        title: 'Ready services',
        expression: 'probe_success{job="readiness"}',
        unit: 'bool_on_off',
        legend: perService,
      },
      { title: 'Requests', expression: 'service:http_requests:rate', unit: 'reqps', legend: perService },
      { title: 'Errors (5xx)', expression: 'service:http_errors:rate', unit: 'reqps', legend: perService },
      {
        title: 'Response time, 95th percentile',
        expression: 'service:http_request_duration_seconds:p95',
        unit: 's',
        legend: perService,
      },
      {
        title: 'Firing alerts',
        expression: 'sum by (alertname) (ALERTS{alertstate="firing"}) or vector(0)',
        unit: 'short',
        legend: '{{alertname}}',
      },
    ],
  },
  {
    uid: 'pyairtable-services',
    title: 'PyAirtable: services',
    panels: [
      {
        title: 'Requests by route of the gateway',
        expression: 'sum by (method, route) (rate(http_requests_total{service="gateway"}[$window]))',
        unit: 'reqps',
        legend: '{{method}} {{route}}',
      },
      {
        title: 'Responses by status',
        expression: 'sum by (status_code) (rate(http_requests_total[$window]))',
        unit: 'reqps',
        legend: '{{status_code}}',
      },
      {
        title: 'Response time, median',
        expression:
          'histogram_quantile(0.5, sum by (service, le) (rate(http_request_duration_seconds_bucket[$window])))',
        unit: 's',
        legend: perService,
      },
      {
        title: 'Response time, average',
        expression:
          'sum by (service) (rate(http_request_duration_seconds_sum[$window])) / sum by (service) (rate(http_request_duration_seconds_count[$window]))',
        unit: 's',
        legend: perService,
      },
      {
        title: 'Processor time',
        expression: 'rate(process_cpu_seconds_total{job="services"}[$window])',
        unit: 'percentunit',
        legend: perService,
      },
      {
        title: 'Memory',
        expression: 'process_resident_memory_bytes{job="services"}',
        unit: 'bytes',
        legend: perService,
      },
      {
        title: 'Event loop delay, 99th percentile',
        expression: 'nodejs_eventloop_lag_p99_seconds',
        unit: 's',
        legend: perService,
      },
      {
        title: 'JavaScript heap',
        expression: 'nodejs_heap_size_used_bytes',
        unit: 'bytes',
        legend: perService,
      },
      {
        title: 'Time since start',
        expression: 'time() - process_start_time_seconds{job="services"}',
        unit: 's',
        legend: perService,
      },
    ],
  },
  {
    uid: 'pyairtable-sagas',
    title: 'PyAirtable: sagas and sign-ins',
    panels: [
      { title: 'Sagas that run or wait', expression: 'active_sagas', unit: 'short', legend: 'sagas' },
      {
        title: 'Sagas that ended',
        expression: 'sum by (status) (rate(saga_transactions_total[$window]))',
        unit: 'ops',
        legend: '{{status}}',
      },
      {
        title: 'Compensations',
        expression: 'sum by (status) (rate(saga_compensations_total[$window]))',
        unit: 'ops',
        legend: '{{status}}',
      },
      {
        title: 'Average duration of a saga',
        expression: 'sum(saga_duration_seconds_sum) / clamp_min(sum(saga_duration_seconds_count), 1)',
        unit: 's',
        legend: 'average',
      },
      {
        title: 'Rejected sign-ins',
        expression:
          'sum(rate(http_requests_total{service="gateway",route=~".*/auth/login",status_code=~"401|429"}[$window])) or vector(0)',
        unit: 'reqps',
        legend: 'rejected',
      },
    ],
  },
  {
    uid: 'pyairtable-stores',
    title: 'PyAirtable: stores and machine',
    panels: [
      {
        title: 'Connections of PostgreSQL',
        expression: 'sum by (state) (pg_stat_activity_count)',
        unit: 'short',
        legend: '{{state}}',
      },
      {
        title: 'Transactions of PostgreSQL',
        expression: 'sum by (datname) (rate(pg_stat_database_xact_commit{datname!=""}[$window]))',
        unit: 'ops',
        legend: '{{datname}}',
      },
      {
        title: 'Size of the databases',
        expression: 'pg_database_size_bytes',
        unit: 'bytes',
        legend: '{{datname}}',
      },
      {
        title: 'Memory of Redis',
        expression: 'redis_memory_used_bytes',
        unit: 'bytes',
        legend: 'used',
      },
      {
        title: 'Commands of Redis',
        expression: 'rate(redis_commands_processed_total[$window])',
        unit: 'ops',
        legend: 'commands',
      },
      {
        title: 'Clients of Redis',
        expression: 'redis_connected_clients',
        unit: 'short',
        legend: 'clients',
      },
      {
        title: 'Busy processors',
        expression: '1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[$window]))',
        unit: 'percentunit',
        legend: '{{instance}}',
      },
      {
        title: 'Available memory',
        expression: 'node_memory_MemAvailable_bytes',
        unit: 'bytes',
        legend: '{{instance}}',
      },
    ],
  },
];
