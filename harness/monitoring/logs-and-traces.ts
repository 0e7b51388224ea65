/** How long Loki and Tempo keep data: 7 days, as Prometheus does. */
const retention = '168h';

/** Configuration of Loki 3, one process with its data in a volume. */
export const lokiConfig = {
  auth_enabled: false,
  server: { http_listen_port: 3100 },
  common: {
    path_prefix: '/loki',
    replication_factor: 1,
    ring: { instance_addr: '127.0.0.1', kvstore: { store: 'inmemory' } },
    storage: { filesystem: { chunks_directory: '/loki/chunks', rules_directory: '/loki/rules' } },
  },
  schema_config: {
    configs: [
      {
        from: '2025-01-01',
        store: 'tsdb',
        object_store: 'filesystem',
        schema: 'v13',
        index: { prefix: 'index_', period: '24h' },
      },
    ],
  },
  limits_config: { retention_period: retention, allow_structured_metadata: true },
  compactor: {
    working_directory: '/loki/compactor',
    retention_enabled: true,
    delete_request_store: 'filesystem',
  },
  analytics: { reporting_enabled: false },
};

/** Configuration of Tempo 2, one process with its data in a volume. */
export const tempoConfig = {
  server: { http_listen_port: 3200 },
  distributor: { receivers: { otlp: { protocols: { grpc: { endpoint: '0.0.0.0:4317' } } } } },
  compactor: { compaction: { block_retention: retention } },
  storage: {
    trace: {
      backend: 'local',
      wal: { path: '/var/tempo/wal' },
      local: { path: '/var/tempo/blocks' },
    },
  },
  usage_report: { reporting_enabled: false },
};

/**
 * Configuration of the OpenTelemetry collector (contrib). Services send spans by OTLP/HTTP; Docker sends the lines that
 * containers write by its log driver `fluentd`.
 */
export const collectorConfig = {
  extensions: { health_check: { endpoint: '0.0.0.0:13133' } },
  receivers: {
    otlp: { protocols: { grpc: { endpoint: '0.0.0.0:4317' }, http: { endpoint: '0.0.0.0:4318' } } },
    fluentforward: { endpoint: '0.0.0.0:24224' },
  },
  processors: {
    memory_limiter: { check_interval: '1s', limit_mib: 200 },
    'transform/service': {
      error_mode: 'ignore',
      log_statements: [
        {
          context: 'log',
          statements: [
            // Docker puts a line of the container into the attribute `log`.
            'set(body, attributes["log"]) where attributes["log"] != nil',
            'merge_maps(attributes, ParseJSON(body), "upsert") where IsMatch(body, "^\\\\{")',
            'set(resource.attributes["service.name"], attributes["service"]) where attributes["service"] != nil',
          ],
        },
      ],
    },
    batch: {},
  },
  exporters: {
    'otlp/tempo': { endpoint: 'tempo:4317', tls: { insecure: true } },
    'otlphttp/loki': { endpoint: 'http://loki:3100/otlp' },
  },
  service: {
    extensions: ['health_check'],
    pipelines: {
      traces: { receivers: ['otlp'], processors: ['memory_limiter', 'batch'], exporters: ['otlp/tempo'] },
      logs: {
        receivers: ['otlp', 'fluentforward'],
        processors: ['memory_limiter', 'transform/service', 'batch'],
        exporters: ['otlphttp/loki'],
      },
    },
  },
};
