/** Which addresses a run may send load to: loopback, and what the scenario names. */

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** True for loopback hosts and for those on the allow-list (`host` or `host:port`). */
export function contactRule(allowHosts: readonly string[]): (url: URL) => boolean {
  return (url) =>
    LOOPBACK.test(url.hostname) || allowHosts.includes(url.hostname) || allowHosts.includes(url.host);
}
