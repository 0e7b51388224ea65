/**
 * What a run measures of each row of the assessment of 7 August 2025, by `<table>/<row>`, and `<table>/<row>/<finding>`
 * for the findings below a row: ids of checks, or the beginning of several with a dot at its end.
 */
export const rowChecks: Readonly<Record<string, readonly string[]>> = {
  'services/API Gateway': ['services.gateway.ready'],
  'services/MCP Server': ['services.mcp-server.ready'],
  'services/Airtable Gateway': ['services.airtable-gateway.ready'],
  'services/LLM Orchestrator': ['services.llm-orchestrator.ready'],
  'services/File Service': ['services.file-service.ready'],
  'services/SAGA Service': ['services.saga-service.ready'],
  'services/Automation Services': ['services.automation-services.ready'],
  'services/Platform Services': ['services.platform-services.ready'],
  'services/User Service': ['services.user-service.ready'],
  'services/Frontend': ['frontend.ready'],

  'infrastructure/PostgreSQL Database': ['infrastructure.postgres.version-16-9'],
  'infrastructure/PostgreSQL Database/Connection pooling': ['infrastructure.postgres.connections-to-spare'],
  'infrastructure/PostgreSQL Database/Schema deployment': [
    'infrastructure.schema.identity-tables',
    'infrastructure.schema.metadata-tables',
    'infrastructure.schema.metadata-indexes',
    'infrastructure.schema.migrations-applied',
  ],
  'infrastructure/PostgreSQL Database/Performance': ['infrastructure.postgres.query-latency-under-100-ms'],
  'infrastructure/PostgreSQL Database/High availability': [
    'infrastructure.availability.postgres-failover-loses-nothing',
  ],
  'infrastructure/Redis Cache': ['infrastructure.redis.version-7'],
  'infrastructure/Redis Cache/Session storage': ['authentication.logout.ends-session'],
  'infrastructure/Redis Cache/Caching layer': ['infrastructure.redis.latency-under-50-ms'],
  'infrastructure/Redis Cache/Memory usage': ['infrastructure.redis.memory-and-eviction'],
  'infrastructure/Container Orchestration': ['infrastructure.images.context-complete'],
  'infrastructure/Container Orchestration/Networking': ['infrastructure.network.latency-under-50-ms'],
  'infrastructure/Container Orchestration/Service discovery': ['api.routing.'],
  'infrastructure/Container Orchestration/Health monitoring': ['api.gateway.health-of-all-services'],
  'infrastructure/Monitoring Stack': ['infrastructure.monitoring.'],
  'infrastructure/Monitoring Stack/Grafana dashboards': ['infrastructure.monitoring.dashboards-have-data'],
  'infrastructure/Monitoring Stack/Prometheus metrics': ['infrastructure.monitoring.targets-up'],
  'infrastructure/Monitoring Stack/Loki logging': ['infrastructure.logs.structured-with-trace-ids'],
  'infrastructure/Monitoring Stack/Alerting': [
    'infrastructure.monitoring.rules-loaded',
    'infrastructure.monitoring.alert-fires-and-clears',
  ],

  'security/Credential Management': ['security.credential-management'],
  'security/Environment Variables': ['security.environment-variables'],
  'security/Database Security': ['security.database-security'],
  'security/Network Security': ['security.network-security'],
  'security/Authentication Security': ['security.authentication-security'],
  'security/API Security': ['security.api-security'],
  'security/Session Security': ['security.session-security'],

  'authentication-endpoints/Registration': ['authentication.register.'],
  'authentication-endpoints/Login': ['authentication.login.'],
  'authentication-endpoints/JWT Validation': ['authentication.validate.'],
  'authentication-endpoints/Session Management': ['authentication.refresh.', 'authentication.logout.'],

  'data-endpoints/Airtable Integration': ['services.airtable-gateway.available'],
  'data-endpoints/Workspace Management': ['services.platform-services.values-of-workspaces'],
  'data-endpoints/File Operations': ['services.file-service.available'],
  'data-endpoints/Workflow Management': ['services.automation-services.available'],
};
