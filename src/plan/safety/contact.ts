/** Which addresses a run may send load to: loopback, and what the scenario names. */

const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** True for the names and addresses of this machine itself, as they stand in a URL. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK_HOST.test(hostname);
}

/** True for loopback hosts and for those on the allow-list (`host` or `host:port`). */
export function contactRule(allowHosts: readonly string[]): (url: URL) => boolean {
  return (url) =>
    isLoopback(url.hostname) || allowHosts.includes(url.hostname) || allowHosts.includes(url.host);
}
