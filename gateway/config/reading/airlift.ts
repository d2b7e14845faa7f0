/**
 * The properties that `serverConfig` of the Java gateway 21 may hold: the names in the `@Config` and `@LegacyConfig`
 * annotations of airlift's classes in its jar. Any other stops its start, and ours.
 */

/** By what they begin with; blanks between the rests. */
const RESTS: Readonly<Record<string, string>> = {
  '': `
  bootstrap.quiet jmx.rmiregistry.port jmx.rmiserver.port metrics.jmx-object-names
  openmetrics.jmx-object-names secrets-plugins-dir`,
  'http-server.': `
  accept-queue-size compression.enabled max-direct-memory max-heap-memory max-request-header-size
  max-response-header-size net.max-idle-time notify-remote-async-errors output-buffer-size
  process-forwarded show-stack-trace stop-timeout threads.max threads.max-idle-time threads.min
  track-memory-allocations`,
  'http-server.http.': `
  accept-queue-size acceptor-threads enabled port selector-threads`,
  'http-server.http2.': `
  input-buffer-size max-concurrent-streams session-receive-window-size stream-idle-timeout
  stream-receive-window-size`,
  'http-server.https.': `
  accept-queue-size acceptor-threads automatic-shared-secret enabled excluded-cipher included-cipher
  keymanager.password keystore.key keystore.path keystore.type port secure-random-algorithm
  selector-threads ssl-context.refresh-time ssl-session-cache-size ssl-session-timeout truststore.key
  truststore.path truststore.type`,
  'http-server.log.': `
  compression.enabled enabled immediate-flush max-history max-size path queue-size`,
  'log.': `
  annotation-file compression console-format enable-console format levels-file max-size max-total-size
  output-file path`,
  'node.': `
  annotation-file annotations binary-spec bind-ip config-spec environment external-address id
  internal-address internal-address-source ip location pool prefer-ipv6-address`,
  'otel.exporter.': `
  endpoint interval log.max-export-batch-size log.max-queue-size log.schedule-delay max-export-batch-size
  protocol span.max-export-batch-size span.max-queue-size span.schedule-delay tls.client-certificate-path
  tls.client-certificate-pem tls.client-key-password tls.client-key-path tls.client-key-pem
  tls.trusted-certificates-path tls.trusted-certificates-pem`,
  'otel.tracing.': `
  baggage.allowed-keys baggage.max-value-length max-attribute-value-length sampling-ratio`,
  'tracing.': `
  enabled exporter.endpoint exporter.protocol sampling-ratio`,
};

/** Of each of the three HTTP clients. */
const HTTP_CLIENT = `
  connect-timeout destination-idle-timeout http-proxy http-proxy.password http-proxy.secure
  http-proxy.user http2.enabled http2.input-buffer-size http2.session-receive-window-size
  http2.stream-receive-window-size https.automatic-shared-secret https.excluded-cipher
  https.hostname-verification https.included-cipher idle-timeout key-store-password key-store-path
  log.buffer-size log.compression.enabled log.enabled log.flush-interval log.max-history log.max-size
  log.path log.queue-size max-connections-per-server max-content-length max-direct-memory max-heap-memory
  max-request-header-size max-requests-queued-per-destination max-response-content-length
  max-response-header-size max-threads min-threads read-timeout record-request-complete
  request-buffer-size request-timeout response-buffer-size secure-random-algorithm selector-count
  socks-proxy strict-event-ordering tcp-keep-alive-idle-time timeout-concurrency timeout-threads
  track-memory-allocations trust-store-password trust-store-path use-blocking-connect use-virtual-threads`;
const CLIENTS = ['proxy', 'monitor', 'router'];

const all = (prefix: string, rests: string): readonly string[] =>
  rests
    .trim()
    .split(/\s+/)
    .map((rest) => prefix + rest);

export const AIRLIFT_PROPERTIES: ReadonlySet<string> = new Set([
  ...Object.entries(RESTS).flatMap(([prefix, rests]) => all(prefix, rests)),
  ...CLIENTS.flatMap((client) => all(`${client}.http-client.`, HTTP_CLIENT)),
]);
